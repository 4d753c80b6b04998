; Which names a C# file uses, and how. The capture stands on the name itself.

(invocation_expression function: [
  (identifier) @reference.call
  (generic_name (identifier) @reference.call)
  (member_access_expression name: (identifier) @reference.call)
  (member_access_expression name: (generic_name (identifier) @reference.call))
  (conditional_access_expression (member_binding_expression name: (identifier) @reference.call))
  (conditional_access_expression (member_binding_expression name: (generic_name (identifier) @reference.call)))
])
(object_creation_expression type: [
  (identifier) @reference.call
  (generic_name (identifier) @reference.call)
  (qualified_name name: (identifier) @reference.call)
  (qualified_name name: (generic_name (identifier) @reference.call))
])

(member_access_expression name: (identifier) @reference.member)
(member_binding_expression name: (identifier) @reference.member)
(subpattern (identifier) @reference.member)

; What begins with a capital in front of a dot is a type by everybody's custom.
((member_access_expression expression: (identifier) @reference.type) (#match? @reference.type "^[A-Z]"))

(attribute name: [
  (identifier) @reference.decorator
  (qualified_name name: (identifier) @reference.decorator)
])

(base_list [
  (identifier) @reference.base
  (generic_name (identifier) @reference.base)
  (qualified_name name: (identifier) @reference.base)
  (qualified_name name: (generic_name (identifier) @reference.base))
  (primary_constructor_base_type type: (identifier) @reference.base)
  (primary_constructor_base_type type: (generic_name (identifier) @reference.base))
])

(_ type: (identifier) @reference.type)
(_ returns: (identifier) @reference.type)
(generic_name . (identifier) @reference.type)
(type_argument_list (identifier) @reference.type)
(tuple_element type: (identifier) @reference.type)
(binary_expression operator: "is" right: (identifier) @reference.type)
(as_expression right: (identifier) @reference.type)
(is_expression right: (identifier) @reference.type)
(constant_pattern (identifier) @reference.type)
(explicit_interface_specifier (identifier) @reference.type)
(_ type: (qualified_name name: (identifier) @reference.type))
(_ type: (nullable_type type: (qualified_name name: (identifier) @reference.type)))

(using_directive (identifier) @reference.import)
(using_directive (qualified_name name: (identifier) @reference.import))
(using_directive name: (identifier) @own)
(namespace_declaration name: (qualified_name name: (identifier) @own))
(file_scoped_namespace_declaration name: (qualified_name name: (identifier) @own))
