; Pairs, tables, blocks, comments and strings of TOML.

(pair) @statement.outer
[(array) (inline_table) (table) (table_array_element)] @block.outer
(comment) @comment.outer
(string) @string.outer
