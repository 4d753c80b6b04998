; Statements, blocks, comments, strings and parameters of Zig.

[
  (variable_declaration)
  (function_declaration)
  (using_namespace_declaration)
  (test_declaration)
  (comptime_declaration)
  (container_field)
  (comptime_statement)
  (nosuspend_statement)
  (suspend_statement)
  (defer_statement)
  (errdefer_statement)
  (labeled_statement)
  (expression_statement)
  (if_statement)
  (for_statement)
  (while_statement)
  (switch_case)
] @statement.outer

[
  (block)
  (struct_declaration)
  (enum_declaration)
  (union_declaration)
  (opaque_declaration)
  (error_set_declaration)
  (switch_expression)
  (initializer_list)
] @block.outer

(comment) @comment.outer

[(string) (multiline_string) (character)] @string.outer

(parameter) @parameter.inner
