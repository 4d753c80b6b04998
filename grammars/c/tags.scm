; What a C file defines. The pattern that comes first wins where two mark the same name. A @declarator declares a name
; that stands somewhere within it.

; Everything in a function is its own, old-style parameters included.
(function_definition) @local.scope
; The body of what a macro defines: `TEST(suite, name) { ... }`.
(translation_unit (expression_statement (call_expression)) . (compound_statement) @local.scope)

(preproc_def name: (identifier) @name) @definition.macro
(preproc_function_def name: (identifier) @name) @definition.macro

; typedef struct { ... } name: its name is the struct's.
(type_definition type: (struct_specifier !name body: (_) @body) declarator: (type_identifier) @name) @definition.struct
(type_definition type: (union_specifier !name body: (_) @body) declarator: (type_identifier) @name) @definition.union
(type_definition type: (enum_specifier !name body: (_) @body) declarator: (type_identifier) @name) @definition.enum

(struct_specifier name: (type_identifier) @name body: (_)) @definition.struct
(union_specifier name: (type_identifier) @name body: (_)) @definition.union
(enum_specifier name: (type_identifier) @name body: (_)) @definition.enum
(enumerator name: (identifier) @name) @definition.enum_member

(type_definition declarator: (_) @declarator) @definition.type
(function_definition declarator: (_) @declarator) @definition.function
; A variable, or a function's prototype.
(declaration declarator: (_) @declarator) @definition.variable
(field_declaration declarator: (_) @declarator) @definition.field
