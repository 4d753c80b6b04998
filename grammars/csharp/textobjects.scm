; Statements, blocks, comments, strings and parameters of C#.

[
  (using_directive)
  (extern_alias_directive)
  (namespace_declaration)
  (file_scoped_namespace_declaration)
  (class_declaration)
  (record_declaration)
  (struct_declaration)
  (interface_declaration)
  (enum_declaration)
  (enum_member_declaration)
  (delegate_declaration)
  (constructor_declaration)
  (destructor_declaration)
  (method_declaration)
  (local_function_statement)
  (indexer_declaration)
  (operator_declaration)
  (conversion_operator_declaration)
  (property_declaration)
  (accessor_declaration)
  (event_declaration)
  (event_field_declaration)
  (field_declaration)
  (local_declaration_statement)
  (expression_statement)
  (labeled_statement)
  (if_statement)
  (while_statement)
  (do_statement)
  (for_statement)
  (foreach_statement)
  (switch_statement)
  (switch_section)
  (try_statement)
  (using_statement)
  (lock_statement)
  (fixed_statement)
  (checked_statement)
  (unsafe_statement)
  (return_statement)
  (yield_statement)
  (throw_statement)
  (break_statement)
  (continue_statement)
  (goto_statement)
  (empty_statement)
] @statement.outer

[
  (block)
  (declaration_list)
  (enum_member_declaration_list)
  (accessor_list)
  (switch_body)
  (initializer_expression)
] @block.outer

(comment) @comment.outer

[
  (string_literal)
  (verbatim_string_literal)
  (raw_string_literal)
  (interpolated_string_expression)
  (character_literal)
] @string.outer

[(parameter) (type_parameter)] @parameter.inner
