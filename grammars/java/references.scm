; Which names a Java file uses, and how. The capture stands on the name itself.

(method_invocation name: (identifier) @reference.call)

(object_creation_expression type: (type_identifier) @reference.call)
(object_creation_expression type: (generic_type (type_identifier) @reference.call))
(object_creation_expression type: (scoped_type_identifier (type_identifier) @reference.call .))
(object_creation_expression type: (generic_type (scoped_type_identifier (type_identifier) @reference.call .)))

(field_access field: (identifier) @reference.member)
(method_reference (_) (identifier) @reference.member)

; What begins with a capital in front of a dot is a type by everybody's custom.
((method_invocation object: (identifier) @reference.type) (#match? @reference.type "^[A-Z]"))
((field_access object: (identifier) @reference.type) (#match? @reference.type "^[A-Z]"))
((method_reference . (identifier) @reference.type) (#match? @reference.type "^[A-Z]"))

(annotation name: (identifier) @reference.decorator)
(annotation name: (scoped_identifier name: (identifier) @reference.decorator))
(marker_annotation name: (identifier) @reference.decorator)
(marker_annotation name: (scoped_identifier name: (identifier) @reference.decorator))

(superclass (type_identifier) @reference.base)
(superclass (generic_type (type_identifier) @reference.base))
(superclass (scoped_type_identifier (type_identifier) @reference.base .))
(superclass (generic_type (scoped_type_identifier (type_identifier) @reference.base .)))
(super_interfaces (type_list (type_identifier) @reference.base))
(super_interfaces (type_list (generic_type (type_identifier) @reference.base)))
(super_interfaces (type_list (scoped_type_identifier (type_identifier) @reference.base .)))
(super_interfaces (type_list (generic_type (scoped_type_identifier (type_identifier) @reference.base .))))
(extends_interfaces (type_list (type_identifier) @reference.base))
(extends_interfaces (type_list (generic_type (type_identifier) @reference.base)))
(extends_interfaces (type_list (scoped_type_identifier (type_identifier) @reference.base .)))
(extends_interfaces (type_list (generic_type (scoped_type_identifier (type_identifier) @reference.base .))))

; Everywhere else a type's name is a use of it; a declaration's own name is an identifier.
((type_identifier) @reference.type (#not-eq? @reference.type "var"))
(type_parameter . (type_identifier) @own)
(record_pattern . (identifier) @reference.type)

(import_declaration (scoped_identifier name: (identifier) @reference.import) .)
