; Statements, blocks, comments, strings and parameters of Lua.

(chunk (statement) @statement.outer)
(chunk (return_statement) @statement.outer)
(block (statement) @statement.outer)
(block (return_statement) @statement.outer)
(table_constructor (field) @statement.outer)

(table_constructor) @block.outer
; From the end of a head to `end` or to the next head.
(if_statement "then" @block.open [(elseif_statement) (else_statement) "end"] @block.close)
(if_statement (elseif_statement "then" @block.open) [(elseif_statement) (else_statement) "end"] @block.close)
(if_statement (else_statement "else" @block.open) "end" @block.close)
(for_statement "do" @block.open "end" @block.close)
(while_statement "do" @block.open "end" @block.close)
(do_statement "do" @block.open "end" @block.close)
(repeat_statement "repeat" @block.open "until" @block.close)
(function_declaration parameters: (_) @block.open "end" @block.close)
(function_definition parameters: (_) @block.open "end" @block.close)

(comment) @comment.outer

(string) @string.outer

(parameters (_) @parameter.inner)
