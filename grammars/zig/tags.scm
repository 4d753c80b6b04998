; What a Zig file defines. The pattern that comes first wins where two mark the same name.

(function_declaration name: (identifier) @name) @definition.function

(test_declaration (string (string_content) @name) (block) @body) @definition.test

; Types are values of constants.
(variable_declaration . (identifier) @name (struct_declaration "{" @body.open) @body .) @definition.struct
(variable_declaration . (identifier) @name (enum_declaration "{" @body.open) @body .) @definition.enum
(variable_declaration . (identifier) @name (union_declaration "{" @body.open) @body .) @definition.union
(variable_declaration . (identifier) @name (opaque_declaration "{" @body.open) @body .) @definition.struct
(variable_declaration . (identifier) @name (error_set_declaration "{" @body.open) @body .) @definition.enum

((enum_declaration (container_field name: (identifier) @name) @definition.enum_member) (#not-eq? @name "_"))
(error_set_declaration (identifier) @name @definition.enum_member)
((container_field name: (identifier) @name) @definition.field (#not-eq? @name "_"))

; The other names of a file or a type; what `@import` gives is an import.
((source_file (variable_declaration "const" . (identifier) @name (_) @_value .) @definition.constant)
  (#not-match? @_value "^@(import|cImport)\\b"))
((struct_declaration (variable_declaration "const" . (identifier) @name (_) @_value .) @definition.constant)
  (#not-match? @_value "^@(import|cImport|This)\\b"))
(enum_declaration (variable_declaration "const" . (identifier) @name) @definition.constant)
(union_declaration (variable_declaration "const" . (identifier) @name) @definition.constant)
(opaque_declaration (variable_declaration "const" . (identifier) @name) @definition.constant)
(source_file (variable_declaration "var" . (identifier) @name) @definition.variable)
(struct_declaration (variable_declaration "var" . (identifier) @name) @definition.variable)

; While a function is being written it may not be understood as a whole.
(ERROR "fn" . (identifier) @name @definition.function)
(ERROR (variable_declaration "const" . (identifier) @name (_) @_value .) @definition.constant
  (#not-match? @_value "^@(import|cImport)\\b"))
