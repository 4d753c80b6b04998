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

[(block) (hash)] @block.outer
; From the end of a head to `end` or to the next head.
(method name: (_) @block.open "end" @block.close)
(method parameters: (_) @block.open "end" @block.close)
(singleton_method name: (_) @block.open "end" @block.close)
(singleton_method parameters: (_) @block.open "end" @block.close)
(class name: (_) @block.open "end" @block.close)
(class superclass: (_) @block.open "end" @block.close)
(singleton_class value: (_) @block.open "end" @block.close)
(module name: (_) @block.open "end" @block.close)
(do_block "do" @block.open "end" @block.close)
(do_block parameters: (_) @block.open "end" @block.close)
(begin "begin" @block.open "end" @block.close)
(begin_block "{" @block.open "}" @block.close)
(end_block "{" @block.open "}" @block.close)
(while condition: (_) @block.open body: (do "end" @block.close))
(until condition: (_) @block.open body: (do "end" @block.close))
(for value: (_) @block.open body: (do "end" @block.close))
([(if condition: (_) @block.open [(elsif) (else) "end"] @block.close)
  (unless condition: (_) @block.open [(elsif) (else) "end"] @block.close)])
(elsif condition: (_) @block.open [(elsif) (else)] @block.close)
(case value: (_) @block.open "end" @block.close)
(case_match value: (_) @block.open "end" @block.close)
[(rescue) (ensure) (when) (in_clause) (else) (elsif)] @block.outer

(comment) @comment.outer

[(string) (subshell) (regex) (heredoc_body) (string_array) (symbol_array) (delimited_symbol) (character)] @string.outer

(method_parameters (_) @parameter.inner)
(block_parameters (_) @parameter.inner)
(lambda_parameters (_) @parameter.inner)
