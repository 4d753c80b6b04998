; Which names a Lua file uses, and how. The capture stands on the name itself.

(function_call name: (identifier) @reference.call)
(function_call name: (dot_index_expression field: (identifier) @reference.call))
(function_call name: (method_index_expression method: (identifier) @reference.call))

(dot_index_expression field: (identifier) @reference.member)
(function_declaration name: (dot_index_expression field: (identifier) @own))
(chunk (assignment_statement (variable_list name: (dot_index_expression field: (identifier) @own))))

; The table that a function is put into.
(function_declaration name: (dot_index_expression table: (identifier) @reference.other))
(function_declaration name: (method_index_expression table: (identifier) @reference.other))

; { __index = Base } says where a table gets what it does not have.
((field name: (identifier) @_index value: (identifier) @reference.base) (#eq? @_index "__index"))
