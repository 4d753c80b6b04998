; Statements, blocks, comments, strings and parameters of Lua.

(chunk (statement) @statement.outer)
(chunk (return_statement) @statement.outer)
(block (statement) @statement.outer)
(block (return_statement) @statement.outer)
(table_constructor (field) @statement.outer)

[(block) (table_constructor)] @block.outer

(comment) @comment.outer

(string) @string.outer

(parameters (_) @parameter.inner)
