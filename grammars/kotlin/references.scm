; Which names a Kotlin file uses, and how. The capture stands on the name itself.

(call_expression . (identifier) @reference.call)
(call_expression . (navigation_expression (identifier) @reference.call .))
(infix_expression . (_) . (identifier) @reference.call)

(navigation_expression (_) (identifier) @reference.member .)
(callable_reference (identifier) @reference.member .)

; What begins with a capital in front of a dot is a type by everybody's custom.
((navigation_expression . (identifier) @reference.type) (#match? @reference.type "^[A-Z]"))
((callable_reference . (identifier) @reference.type) (#match? @reference.type "^[A-Z]"))

(annotation (user_type (identifier) @reference.decorator .))
(annotation (constructor_invocation (user_type (identifier) @reference.decorator .)))
(file_annotation (user_type (identifier) @reference.decorator .))
(file_annotation (constructor_invocation (user_type (identifier) @reference.decorator .)))

; A type's own arguments stand behind its name.
(delegation_specifier (user_type (identifier) @reference.base .))
(delegation_specifier (user_type (identifier) @reference.base . (type_arguments)))
(delegation_specifier (constructor_invocation (user_type (identifier) @reference.base .)))
(delegation_specifier (constructor_invocation (user_type (identifier) @reference.base . (type_arguments))))
(explicit_delegation (user_type (identifier) @reference.base .))
(explicit_delegation (user_type (identifier) @reference.base . (type_arguments)))

(user_type (identifier) @reference.type .)
(user_type (identifier) @reference.type . (type_arguments))

(import (qualified_identifier (identifier) @reference.import .) @_path)
