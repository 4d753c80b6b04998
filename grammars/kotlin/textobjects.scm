; Statements, blocks, comments, strings and parameters of Kotlin. An expression that stands in a block is a statement.

[
  (package_header)
  (import)
  (class_declaration)
  (object_declaration)
  (companion_object)
  (enum_entry)
  (type_alias)
  (function_declaration)
  (secondary_constructor)
  (anonymous_initializer)
  (property_declaration)
  (assignment)
  (for_statement)
  (while_statement)
  (do_while_statement)
  (return_expression)
  (throw_expression)
  (when_entry)
] @statement.outer

(block (_) @statement.outer)
(lambda_literal (call_expression) @statement.outer)
(source_file (call_expression) @statement.outer)

[
  (block)
  (class_body)
  (enum_class_body)
  (lambda_literal)
  (when_expression)
] @block.outer

[(line_comment) (block_comment)] @comment.outer

[(string_literal) (multiline_string_literal) (character_literal)] @string.outer

[(parameter) (class_parameter) (type_parameter)] @parameter.inner
(lambda_parameters (variable_declaration) @parameter.inner)
