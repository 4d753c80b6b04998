; Which names a Scala file uses, and how. The capture stands on the name itself.

(call_expression function: [
  (identifier) @reference.call
  (field_expression field: (identifier) @reference.call)
  (generic_function function: (identifier) @reference.call)
  (generic_function function: (field_expression field: (identifier) @reference.call))
])
(generic_function function: (field_expression field: (identifier) @reference.call))
(infix_expression operator: (identifier) @reference.call)
(instance_expression . (type_identifier) @reference.call)
(instance_expression . (generic_type type: (type_identifier) @reference.call))
(instance_expression . (stable_type_identifier (type_identifier) @reference.call .))

(field_expression field: (identifier) @reference.member)

; What begins with a capital in front of a dot is a type or an object by everybody's custom.
((field_expression value: (identifier) @reference.type) (#match? @reference.type "^[A-Z]"))

(annotation name: (type_identifier) @reference.decorator)
(annotation name: (generic_type type: (type_identifier) @reference.decorator))
(annotation name: (stable_type_identifier (type_identifier) @reference.decorator .))

(extends_clause [
  (type_identifier) @reference.base
  (generic_type type: (type_identifier) @reference.base)
  (stable_type_identifier (type_identifier) @reference.base .)
  (generic_type type: (stable_type_identifier (type_identifier) @reference.base .))
])
(derives_clause (type_identifier) @reference.base)

(type_identifier) @reference.type
(type_definition name: (type_identifier) @own)

(import_declaration (identifier) @reference.import .)
(namespace_selectors (identifier) @reference.import)
(namespace_selectors (arrow_renamed_identifier name: (identifier) @reference.import))
(namespace_selectors (as_renamed_identifier name: (identifier) @reference.import))
