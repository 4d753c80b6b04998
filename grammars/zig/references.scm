; Which names a Zig file uses, and how. The capture stands on the name itself.

(call_expression function: (identifier) @reference.call)
(call_expression function: (field_expression member: (identifier) @reference.call))

(field_expression member: (identifier) @reference.member)

(parameter type: (identifier) @reference.type)
(parameter type: (field_expression member: (identifier) @reference.type))
(function_declaration type: (identifier) @reference.type)
(function_declaration type: (field_expression member: (identifier) @reference.type))
(container_field type: (identifier) @reference.type)
(container_field type: (field_expression member: (identifier) @reference.type))
(variable_declaration type: (identifier) @reference.type)
(variable_declaration type: (field_expression member: (identifier) @reference.type))
(pointer_type (identifier) @reference.type)
(pointer_type (field_expression member: (identifier) @reference.type))
(slice_type (identifier) @reference.type)
(slice_type (field_expression member: (identifier) @reference.type))
(nullable_type (identifier) @reference.type)
(nullable_type (field_expression member: (identifier) @reference.type))
(array_type (identifier) @reference.type)
(error_union_type (identifier) @reference.type)
(error_union_type (field_expression member: (identifier) @reference.type))
(struct_initializer . (identifier) @reference.type)
(struct_initializer . (field_expression member: (identifier) @reference.type))
(test_declaration (identifier) @reference.type)

; What begins with a capital is a type by everybody's custom.
((field_expression object: (identifier) @reference.type) (#match? @reference.type "^[A-Z]"))
((call_expression (identifier) @reference.type) (#match? @reference.type "^[A-Z]"))
((arguments (identifier) @reference.type) (#match? @reference.type "^[A-Z]"))
