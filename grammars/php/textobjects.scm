; Statements, blocks, comments, strings and parameters of PHP.

[
  (namespace_definition)
  (namespace_use_declaration)
  (class_declaration)
  (interface_declaration)
  (trait_declaration)
  (enum_declaration)
  (enum_case)
  (function_definition)
  (method_declaration)
  (property_declaration)
  (property_hook)
  (const_declaration)
  (use_declaration)
  (declare_statement)
  (global_declaration)
  (function_static_declaration)
  (expression_statement)
  (echo_statement)
  (unset_statement)
  (exit_statement)
  (if_statement)
  (else_if_clause)
  (else_clause)
  (while_statement)
  (do_statement)
  (for_statement)
  (foreach_statement)
  (switch_statement)
  (case_statement)
  (default_statement)
  (match_conditional_expression)
  (match_default_expression)
  (try_statement)
  (catch_clause)
  (finally_clause)
  (return_statement)
  (break_statement)
  (continue_statement)
  (goto_statement)
  (named_label_statement)
] @statement.outer

[
  (compound_statement)
  (declaration_list)
  (enum_declaration_list)
  (property_hook_list)
  (switch_block)
  (match_block)
  (colon_block)
  (use_list)
  (namespace_use_group)
] @block.outer

(comment) @comment.outer

[(string) (encapsed_string) (heredoc) (nowdoc) (shell_command_expression)] @string.outer

[(simple_parameter) (variadic_parameter) (property_promotion_parameter)] @parameter.inner
