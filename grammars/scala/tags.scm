; What a Scala file defines. The pattern that comes first wins where two mark the same name.

(package_object name: (identifier) @name) @definition.object
(class_definition name: (identifier) @name) @definition.class
(trait_definition name: (identifier) @name) @definition.trait
(object_definition name: (identifier) @name) @definition.object
(enum_definition name: (identifier) @name) @definition.enum
(simple_enum_case name: (identifier) @name) @definition.enum_member
(full_enum_case name: (identifier) @name) @definition.enum_member
(type_definition name: (type_identifier) @name) @definition.type
(given_definition name: (identifier) @name) @definition.constant

((function_definition name: (identifier) @name) @definition.constructor (#eq? @name "this"))
(function_definition name: [(identifier) (operator_identifier)] @name) @definition.function
(function_declaration name: [(identifier) (operator_identifier)] @name) @definition.function

; `class A(val b: Int)` and `case class A(b: Int)`: b is a field.
(class_definition "case" class_parameters:
  (class_parameters (class_parameter name: (identifier) @name) @definition.field))
(full_enum_case class_parameters: (class_parameters (class_parameter name: (identifier) @name) @definition.field))
((class_parameter ["val" "var"] name: (identifier) @name) @definition.field)

; Members.
(template_body (val_definition pattern: (identifier) @name) @definition.field)
(template_body (val_definition pattern: (identifiers (identifier) @name)) @definition.field)
(template_body (val_definition pattern: (tuple_pattern (identifier) @name)) @definition.field)
(template_body (var_definition pattern: (identifier) @name) @definition.field)
(template_body (val_declaration name: (identifier) @name) @definition.field)
(template_body (var_declaration name: (identifier) @name) @definition.field)
(with_template_body (val_definition pattern: (identifier) @name) @definition.field)
(with_template_body (var_definition pattern: (identifier) @name) @definition.field)
(enum_body (val_definition pattern: (identifier) @name) @definition.field)
(enum_body (var_definition pattern: (identifier) @name) @definition.field)

; A file's own.
(compilation_unit (val_definition pattern: (identifier) @name) @definition.variable)
(compilation_unit (val_definition pattern: (tuple_pattern (identifier) @name)) @definition.variable)
(compilation_unit (var_definition pattern: (identifier) @name) @definition.variable)
