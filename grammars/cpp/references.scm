; Which names a C++ file uses beyond C (../c/references.scm stands behind these patterns).

(call_expression function: (qualified_identifier name: (identifier) @reference.call))
(call_expression function: (qualified_identifier name: (qualified_identifier name: (identifier) @reference.call)))
(template_function name: (identifier) @reference.call)
(template_method name: (field_identifier) @reference.call)
(new_expression type: (type_identifier) @reference.call)
(new_expression type: (template_type name: (type_identifier) @reference.call))
(new_expression type: (qualified_identifier name: (type_identifier) @reference.call))
(compound_literal_expression type: (type_identifier) @reference.call)

(base_class_clause (type_identifier) @reference.base)
(base_class_clause (template_type name: (type_identifier) @reference.base))
(base_class_clause (qualified_identifier name: (type_identifier) @reference.base))
(base_class_clause (qualified_identifier name: (template_type name: (type_identifier) @reference.base)))
(base_class_clause (qualified_identifier name: (qualified_identifier name: (type_identifier) @reference.base)))

(field_initializer (field_identifier) @reference.member)

; `Item::make`: the scope of a name is a type or a namespace.
(qualified_identifier scope: (namespace_identifier) @reference.type)
(qualified_identifier name: (identifier) @reference.member)

(using_declaration (identifier) @reference.import)
(using_declaration (qualified_identifier name: [(identifier) (type_identifier)] @reference.import))
(using_declaration (qualified_identifier name: (qualified_identifier name: (identifier) @reference.import)))

(attribute name: (identifier) @reference.decorator)

(class_specifier name: (type_identifier) @own body: (_))
(alias_declaration name: (type_identifier) @own)
(type_parameter_declaration (type_identifier) @own)
(variadic_type_parameter_declaration (type_identifier) @own)
(optional_type_parameter_declaration name: (type_identifier) @own)
(function_declarator declarator: (qualified_identifier name: (identifier) @own))
(function_declarator declarator: (qualified_identifier name: (qualified_identifier name: (identifier) @own)))
(declaration declarator: (qualified_identifier name: (identifier) @own))
(init_declarator declarator: (qualified_identifier name: (identifier) @own))
