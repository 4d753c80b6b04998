; Statements, blocks, comments, strings and parameters of Swift. An expression that stands among statements is one.

[
  (import_declaration)
  (class_declaration)
  (protocol_declaration)
  (enum_entry)
  (typealias_declaration)
  (associatedtype_declaration)
  (init_declaration)
  (deinit_declaration)
  (subscript_declaration)
  (function_declaration)
  (protocol_function_declaration)
  (protocol_property_declaration)
  (property_declaration)
  (operator_declaration)
  (precedence_group_declaration)
  (assignment)
  (if_statement)
  (guard_statement)
  (switch_statement)
  (switch_entry)
  (for_statement)
  (while_statement)
  (repeat_while_statement)
  (do_statement)
  (control_transfer_statement)
] @statement.outer

(statements (_) @statement.outer)
(source_file (call_expression) @statement.outer)

; A body's braces stand within the node of what has it.
[
  (class_body)
  (enum_class_body)
  (protocol_body)
  (function_body)
  (computed_property)
  (computed_getter)
  (computed_setter)
  (lambda_literal)
  (if_statement)
  (guard_statement)
  (switch_statement)
  (for_statement)
  (while_statement)
  (do_statement)
  (catch_block)
] @block.outer

[(comment) (multiline_comment)] @comment.outer

[(line_string_literal) (multi_line_string_literal) (raw_string_literal)] @string.outer

[(parameter) (lambda_parameter) (type_parameter)] @parameter.inner
