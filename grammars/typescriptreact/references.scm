; The components that JSX uses; names in small letters are HTML's.

((jsx_opening_element name: (identifier) @reference.call) (#match? @reference.call "^[A-Z_$]"))
((jsx_self_closing_element name: (identifier) @reference.call) (#match? @reference.call "^[A-Z_$]"))
(jsx_opening_element name: (member_expression property: (_) @reference.call))
(jsx_self_closing_element name: (member_expression property: (_) @reference.call))
(jsx_expression (identifier) @reference.other)
