; Which names a PHP file uses, and how. The capture stands on the name itself.

(function_call_expression function: (name) @reference.call)
(function_call_expression function: (qualified_name (name) @reference.call))
(member_call_expression name: (name) @reference.call)
(nullsafe_member_call_expression name: (name) @reference.call)
(scoped_call_expression name: (name) @reference.call)
((object_creation_expression . (name) @reference.call) (#not-eq? @reference.call "static"))
(object_creation_expression . (qualified_name (name) @reference.call))

(member_access_expression name: (name) @reference.member)
(nullsafe_member_access_expression name: (name) @reference.member)
(scoped_property_access_expression name: (variable_name (name) @reference.member))
((class_constant_access_expression (_) (name) @reference.member) (#not-eq? @reference.member "class"))

(scoped_call_expression scope: (name) @reference.type)
(scoped_call_expression scope: (qualified_name (name) @reference.type))
(scoped_property_access_expression scope: (name) @reference.type)
(scoped_property_access_expression scope: (qualified_name (name) @reference.type))
(class_constant_access_expression . (name) @reference.type)
(class_constant_access_expression . (qualified_name (name) @reference.type))
((named_type (name) @reference.type) (#not-match? @reference.type "^(self|static|parent)$"))
(named_type (qualified_name (name) @reference.type))
(binary_expression operator: "instanceof" right: (name) @reference.type)
(binary_expression operator: "instanceof" right: (qualified_name (name) @reference.type))

(base_clause (name) @reference.base)
(base_clause (qualified_name (name) @reference.base))
(class_interface_clause (name) @reference.base)
(class_interface_clause (qualified_name (name) @reference.base))
(use_declaration (name) @reference.base)
(use_declaration (qualified_name (name) @reference.base))

(attribute (name) @reference.decorator)
(attribute (qualified_name (name) @reference.decorator))

(namespace_use_clause . (name) @reference.import)
(namespace_use_clause . (qualified_name (name) @reference.import))

; A bare name in an expression is a constant.
(argument !name (name) @reference.other)
(argument !name (qualified_name (name) @reference.other))
(array_element_initializer (name) @reference.other)
(assignment_expression right: (name) @reference.other)
(return_statement (name) @reference.other)
(binary_expression left: (name) @reference.other)
(binary_expression right: (name) @reference.other)
