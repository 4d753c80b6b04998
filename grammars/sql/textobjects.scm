; Statements, blocks, comments and strings of SQL.

[(statement) (column_definition)] @statement.outer
[(column_definitions) (function_body) (procedure_body) (block) (subquery)] @block.outer
[(comment) (marginalia)] @comment.outer
((literal) @string.outer (#match? @string.outer "^['\"]"))
(function_argument) @parameter.inner
