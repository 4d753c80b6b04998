; Statements, blocks, comments, strings and parameters of JavaScript.

[
  (expression_statement) (return_statement) (throw_statement) (break_statement) (continue_statement)
  (debugger_statement) (empty_statement) (import_statement) (export_statement) (if_statement) (for_statement)
  (for_in_statement) (while_statement) (do_statement) (try_statement) (with_statement) (switch_statement)
  (labeled_statement)
] @statement.outer

; Declarations, where no `export` stands around them that is the statement.
(program [
  (lexical_declaration) (variable_declaration) (function_declaration) (generator_function_declaration)
  (class_declaration)
] @statement.outer)
(statement_block [
  (lexical_declaration) (variable_declaration) (function_declaration) (generator_function_declaration)
  (class_declaration)
] @statement.outer)
(switch_case body: [(lexical_declaration) (variable_declaration)] @statement.outer)
(switch_default body: [(lexical_declaration) (variable_declaration)] @statement.outer)

; The members of classes.
(class_body [(method_definition) (field_definition) (class_static_block)] @statement.outer)

[(statement_block) (class_body) (switch_body)] @block.outer

[(comment) (html_comment)] @comment.outer
[(string) (template_string)] @string.outer
(formal_parameters [
  (identifier) (assignment_pattern) (object_pattern) (array_pattern) (rest_pattern)
] @parameter.inner)
(arrow_function parameter: (identifier) @parameter.inner)
