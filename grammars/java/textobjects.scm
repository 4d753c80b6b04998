; Statements, blocks, comments, strings and parameters of Java.

[
  (package_declaration)
  (import_declaration)
  (class_declaration)
  (record_declaration)
  (interface_declaration)
  (annotation_type_declaration)
  (enum_declaration)
  (enum_constant)
  (method_declaration)
  (constructor_declaration)
  (compact_constructor_declaration)
  (annotation_type_element_declaration)
  (field_declaration)
  (constant_declaration)
  (static_initializer)
  (module_declaration)
  (local_variable_declaration)
  (expression_statement)
  (explicit_constructor_invocation)
  (labeled_statement)
  (if_statement)
  (while_statement)
  (do_statement)
  (for_statement)
  (enhanced_for_statement)
  (switch_expression)
  (switch_block_statement_group)
  (switch_rule)
  (synchronized_statement)
  (try_statement)
  (try_with_resources_statement)
  (return_statement)
  (yield_statement)
  (throw_statement)
  (break_statement)
  (continue_statement)
  (assert_statement)
] @statement.outer

[
  (block)
  (constructor_body)
  (class_body)
  (interface_body)
  (enum_body)
  (annotation_type_body)
  (switch_block)
  (module_body)
] @block.outer

[(line_comment) (block_comment)] @comment.outer

[(string_literal) (character_literal)] @string.outer

[(formal_parameter) (spread_parameter) (receiver_parameter) (catch_formal_parameter)] @parameter.inner
(inferred_parameters (identifier) @parameter.inner)
