; Pairs, blocks, comments and strings of JSON.

(pair) @statement.outer
[(object) (array)] @block.outer
(comment) @comment.outer
(string) @string.outer
