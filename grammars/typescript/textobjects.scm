; Statements, blocks, comments, strings and parameters of TypeScript.

[
  (expression_statement) (return_statement) (throw_statement) (break_statement) (continue_statement)
  (debugger_statement) (empty_statement) (import_statement) (export_statement) (if_statement) (for_statement)
  (for_in_statement) (while_statement) (do_statement) (try_statement) (with_statement) (switch_statement)
  (labeled_statement) (ambient_declaration)
] @statement.outer

; Declarations, where nothing stands around them that is the statement.
(program [
  (lexical_declaration) (variable_declaration) (function_declaration) (generator_function_declaration)
  (function_signature) (class_declaration) (abstract_class_declaration) (interface_declaration) (enum_declaration)
  (type_alias_declaration) (internal_module) (module) (import_alias)
] @statement.outer)
(statement_block [
  (lexical_declaration) (variable_declaration) (function_declaration) (generator_function_declaration)
  (function_signature) (class_declaration) (abstract_class_declaration) (interface_declaration) (enum_declaration)
  (type_alias_declaration) (internal_module) (module) (import_alias)
] @statement.outer)
(switch_case body: [(lexical_declaration) (variable_declaration)] @statement.outer)
(switch_default body: [(lexical_declaration) (variable_declaration)] @statement.outer)

; The members of types.
(class_body [
  (method_definition) (public_field_definition) (method_signature) (abstract_method_signature) (index_signature)
  (class_static_block)
] @statement.outer)
(interface_body [
  (property_signature) (method_signature) (call_signature) (construct_signature) (index_signature)
] @statement.outer)

[
  (statement_block) (class_body) (interface_body) (enum_body) (switch_body)
] @block.outer

(comment) @comment.outer
[(string) (template_string)] @string.outer
(formal_parameters [(required_parameter) (optional_parameter)] @parameter.inner)
(arrow_function parameter: (identifier) @parameter.inner)
