; What a Rust file defines. The pattern that comes first wins where two mark the same name. Attributes stand beside what
; they belong to and count to it.

(function_item name: (identifier) @name) @definition.function
(function_signature_item name: (identifier) @name) @definition.function
(struct_item name: (type_identifier) @name) @definition.struct
(enum_item name: (type_identifier) @name) @definition.enum
(union_item name: (type_identifier) @name) @definition.union
(trait_item name: (type_identifier) @name) @definition.trait
(type_item name: (type_identifier) @name) @definition.type
(associated_type name: (type_identifier) @name) @definition.type
(mod_item name: (identifier) @name) @definition.module
(macro_definition name: (identifier) @name ["{" "(" "["] @body.open) @definition.macro
(enum_variant name: (identifier) @name) @definition.enum_member
(field_declaration name: (field_identifier) @name) @definition.field

; impl Type, impl Trait for Type
(impl_item type: [
  (type_identifier) @name
  (scoped_type_identifier name: (type_identifier) @name)
  (generic_type type: [(type_identifier) @name (scoped_type_identifier name: (type_identifier) @name)])
  (reference_type type: [(type_identifier) @name (generic_type type: (type_identifier) @name)])
  (dynamic_type trait: (type_identifier) @name)
  (primitive_type) @name
  (reference_type type: (primitive_type) @name)]) @definition.implementation
; impl Trait for (A, B): all of the type is the name
(impl_item type: [
  (tuple_type) (array_type) (unit_type) (never_type) (pointer_type) (function_type)
] @name) @definition.implementation
(impl_item type: (reference_type type: [
  (tuple_type) @name
  (array_type) @name
  (scoped_type_identifier name: (type_identifier) @name)])) @definition.implementation

; Not those of a function's body.
(source_file (const_item name: (identifier) @name) @definition.constant)
(declaration_list (const_item name: (identifier) @name) @definition.constant)
(source_file (static_item name: (identifier) @name) @definition.variable)
(declaration_list (static_item name: (identifier) @name) @definition.variable)

; Where a mistake spoils a whole file, its items stand in an ERROR.
(ERROR (const_item name: (identifier) @name) @definition.constant)
(ERROR (static_item name: (identifier) @name) @definition.variable)

; What is not closed yet: only its name is sure.
(ERROR "struct" . [(identifier) (type_identifier)] @name @definition.struct)
(ERROR "trait" . [(identifier) (type_identifier)] @name @definition.trait)
(ERROR "enum" . [(identifier) (type_identifier)] @name @definition.enum)
(ERROR "fn" . (identifier) @name @definition.function)
(ERROR "mod" . (identifier) @name @definition.module)
