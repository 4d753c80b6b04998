; Which names a C file uses, and how. The capture stands on the name itself.

(call_expression function: (identifier) @reference.call)
(call_expression function: (field_expression field: (field_identifier) @reference.call))
(call_expression function: (parenthesized_expression (pointer_expression argument: (identifier) @reference.call)))

(field_expression field: (field_identifier) @reference.member)
(field_designator (field_identifier) @reference.member)

; A struct's, union's or enum's own name and a typedef's are no uses; everywhere else a type's name is one.
(type_identifier) @reference.type
(struct_specifier name: (type_identifier) @own body: (_))
(union_specifier name: (type_identifier) @own body: (_))
(enum_specifier name: (type_identifier) @own body: (_))
(type_definition declarator: (type_identifier) @own)
(type_definition declarator: (_ declarator: (type_identifier) @own))
(type_definition declarator: (_ declarator: (_ declarator: (type_identifier) @own)))
(type_definition declarator: (_ declarator: (parenthesized_declarator (_ declarator: (type_identifier) @own))))

; Macros that are asked for.
(preproc_ifdef name: (identifier) @reference.other)
(preproc_defined (identifier) @reference.other)
