; What a Go file defines. The pattern that comes first wins where two mark the same name. A declaration that stands alone
; counts as a whole, one of a group by itself.

(function_declaration name: (identifier) @name) @definition.function
(method_declaration name: (field_identifier) @name) @definition.method

(type_declaration . (type_spec name: (type_identifier) @name type: (struct_type (field_declaration_list) @body)) .)
  @definition.struct
(type_declaration . (type_spec name: (type_identifier) @name type: (interface_type "{" @body.open) @body) .) @definition.interface
(type_declaration . (type_spec name: (type_identifier) @name) .) @definition.type
(type_declaration . (type_alias name: (type_identifier) @name) .) @definition.type
(type_spec name: (type_identifier) @name type: (struct_type (field_declaration_list) @body)) @definition.struct
(type_spec name: (type_identifier) @name type: (interface_type "{" @body.open) @body) @definition.interface
(type_spec name: (type_identifier) @name) @definition.type
(type_alias name: (type_identifier) @name) @definition.type

; Not those of a function's body. (Of `const X, Y` the field `name` has X alone.)
(source_file (const_declaration "(" (const_spec (identifier) @name) @definition.constant) (#not-eq? @name "_"))
(source_file (const_declaration (const_spec (identifier) @name)) @definition.constant (#not-eq? @name "_"))
(source_file (var_declaration (var_spec name: (identifier) @name)) @definition.variable (#not-eq? @name "_"))
(source_file (var_declaration (var_spec_list (var_spec name: (identifier) @name) @definition.variable))
  (#not-eq? @name "_"))
; Where a mistake spoils a whole file, its declarations stand in an ERROR.
(ERROR (const_declaration (const_spec (identifier) @name) @definition.constant))
(ERROR (var_declaration (var_spec name: (identifier) @name) @definition.variable))

(type_spec type: (struct_type (field_declaration_list
  (field_declaration name: (field_identifier) @name) @definition.field)))
; An embedded type's name is the field's.
(type_spec type: (struct_type (field_declaration_list
  (field_declaration !name type: [
    (type_identifier) @name
    (qualified_type name: (type_identifier) @name)
    (generic_type type: [(type_identifier) @name (qualified_type name: (type_identifier) @name)])]) @definition.field)))
; A struct within a struct.
(field_declaration type: (struct_type (field_declaration_list
  (field_declaration name: (field_identifier) @name) @definition.field)))
(type_spec type: (interface_type (method_elem name: (field_identifier) @name) @definition.method))

; What is not closed yet: only its name is sure.
(ERROR "func" . (identifier) @name @definition.function)
