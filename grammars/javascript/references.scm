; Which names a JavaScript file uses, and how. The capture stands on the name itself.

(call_expression function: (identifier) @reference.call)
(call_expression function: (member_expression property: (_) @reference.call))
(new_expression constructor: (identifier) @reference.call)
(new_expression constructor: (member_expression property: (_) @reference.call))

; The components that JSX uses; names in small letters are HTML's.
((jsx_opening_element name: (identifier) @reference.call) (#match? @reference.call "^[A-Z_$]"))
((jsx_self_closing_element name: (identifier) @reference.call) (#match? @reference.call "^[A-Z_$]"))
(jsx_opening_element name: (member_expression property: (_) @reference.call))
(jsx_self_closing_element name: (member_expression property: (_) @reference.call))
(jsx_expression (identifier) @reference.other)

(decorator (identifier) @reference.decorator)
(decorator (member_expression property: (_) @reference.decorator))
(decorator (call_expression function: (identifier) @reference.decorator))
(decorator (call_expression function: (member_expression property: (_) @reference.decorator)))

(class_heritage (identifier) @reference.base)
(class_heritage (member_expression property: (_) @reference.base))
(class_heritage (call_expression arguments: (arguments (identifier) @reference.base)))

(member_expression property: [(property_identifier) (private_property_identifier)] @reference.member)

(import_specifier name: (_) @reference.import)
(import_clause (identifier) @reference.import)
(export_specifier name: (identifier) @reference.import)

(binary_expression operator: "instanceof" right: (identifier) @reference.type)
(binary_expression operator: "instanceof" right: (member_expression property: (_) @reference.type))

; A name used as a value, in places where it is often another file's: `Colour.RED`, `connect(handler)`, `{ a: Handler }`.
(member_expression object: (identifier) @reference.other)
(subscript_expression object: (identifier) @reference.other)
(arguments (identifier) @reference.other)
(pair value: (identifier) @reference.other)
(shorthand_property_identifier) @reference.other
(array (identifier) @reference.other)
(spread_element (identifier) @reference.other)
(variable_declarator value: (identifier) @reference.other)
(field_definition value: (identifier) @reference.other)
(assignment_expression right: (identifier) @reference.other)
(binary_expression (identifier) @reference.other)
(return_statement (identifier) @reference.other)
(template_substitution (identifier) @reference.other)
(export_statement value: (identifier) @reference.other)
