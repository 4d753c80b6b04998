; Which names a Swift file uses, and how. The capture stands on the name itself.

; `items[1]` has a call's form, too.
(call_expression . (simple_identifier) @reference.call (call_suffix (value_arguments "(")))
(call_expression . (simple_identifier) @reference.call (call_suffix . (lambda_literal)))
(call_expression .
  (navigation_expression suffix: (navigation_suffix suffix: (simple_identifier) @reference.call))
  (call_suffix (value_arguments "(")))
(call_expression .
  (navigation_expression suffix: (navigation_suffix suffix: (simple_identifier) @reference.call))
  (call_suffix . (lambda_literal)))
(call_expression . (prefix_expression target: (simple_identifier) @reference.call))
(constructor_expression constructed_type: (user_type (type_identifier) @reference.call .))
(constructor_expression constructed_type: (user_type (type_identifier) @reference.call . (type_arguments)))
(macro_invocation (simple_identifier) @reference.call)

(navigation_suffix suffix: (simple_identifier) @reference.member)

; What begins with a capital in front of a dot is a type by everybody's custom.
((navigation_expression target: (simple_identifier) @reference.type) (#match? @reference.type "^[A-Z]"))

(attribute (user_type (type_identifier) @reference.decorator))

(inheritance_specifier inherits_from: (user_type (type_identifier) @reference.base .))
(inheritance_specifier inherits_from: (user_type (type_identifier) @reference.base . (type_arguments)))
(class_declaration name: (user_type (type_identifier) @reference.type))

(type_identifier) @reference.type
(class_declaration name: (type_identifier) @own)
(class_declaration declaration_kind: "extension" name: (user_type (type_identifier) @own .))
(protocol_declaration name: (type_identifier) @own)
(typealias_declaration name: (type_identifier) @own)
(associatedtype_declaration name: (type_identifier) @own)
(type_parameter . (type_identifier) @own)

(import_declaration (identifier (simple_identifier) @reference.import .))
