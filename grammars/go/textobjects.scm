; Statements, blocks, comments, strings and parameters of Go.

[
  (package_clause) (import_declaration) (function_declaration) (method_declaration) (type_declaration)
  (const_declaration) (var_declaration) (short_var_declaration) (assignment_statement) (expression_statement)
  (send_statement) (inc_statement) (dec_statement) (return_statement) (go_statement) (defer_statement) (if_statement)
  (for_statement) (expression_switch_statement) (type_switch_statement) (select_statement) (labeled_statement)
  (break_statement) (continue_statement) (goto_statement) (fallthrough_statement) (empty_statement)
  (field_declaration) (method_elem) (const_spec) (var_spec) (type_spec) (import_spec)
] @statement.outer

[
  (block) (field_declaration_list) (interface_type) (literal_value) (import_spec_list) (var_spec_list)
] @block.outer
; The braces of switch and select are no node; their cases are.
[(expression_case) (type_case) (communication_case) (default_case)] @block.outer

(comment) @comment.outer
[(interpreted_string_literal) (raw_string_literal) (rune_literal)] @string.outer
(parameter_list [(parameter_declaration) (variadic_parameter_declaration)] @parameter.inner)
