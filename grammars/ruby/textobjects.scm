; Statements, blocks, comments, strings and parameters of Ruby.

(program (_statement) @statement.outer)
(body_statement (_statement) @statement.outer)
(block_body (_statement) @statement.outer)
(then (_statement) @statement.outer)
(do (_statement) @statement.outer)
(else (_statement) @statement.outer)
(ensure (_statement) @statement.outer)
(begin (_statement) @statement.outer)
(begin_block (_statement) @statement.outer)
(end_block (_statement) @statement.outer)
[(when) (in_clause) (rescue)] @statement.outer

[(body_statement) (block_body) (then) (do) (else) (ensure) (begin) (hash)] @block.outer
(block) @block.outer

(comment) @comment.outer

[(string) (subshell) (regex) (heredoc_body) (string_array) (symbol_array) (delimited_symbol) (character)] @string.outer

(method_parameters (_) @parameter.inner)
(block_parameters (_) @parameter.inner)
(lambda_parameters (_) @parameter.inner)
