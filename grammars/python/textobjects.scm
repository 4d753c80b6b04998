; Statements, blocks, comments, strings and parameters of Python.

[
  (expression_statement) (return_statement) (delete_statement) (raise_statement) (pass_statement) (break_statement)
  (continue_statement) (global_statement) (nonlocal_statement) (assert_statement) (import_statement)
  (import_from_statement) (future_import_statement) (type_alias_statement) (print_statement) (exec_statement)
  (if_statement) (for_statement) (while_statement) (try_statement) (with_statement) (match_statement)
  (decorated_definition)
] @statement.outer

; Where decorators stand above, the whole is the statement.
(module [(function_definition) (class_definition)] @statement.outer)
(block [(function_definition) (class_definition)] @statement.outer)

(block) @block.outer
(comment) @comment.outer
(string) @string.outer

(parameters [
  (identifier) (typed_parameter) (default_parameter) (typed_default_parameter)
  (list_splat_pattern) (dictionary_splat_pattern) (tuple_pattern)
] @parameter.inner)
(lambda_parameters [
  (identifier) (default_parameter) (list_splat_pattern) (dictionary_splat_pattern) (tuple_pattern)
] @parameter.inner)
