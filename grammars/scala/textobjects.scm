; Statements, blocks, comments, strings and parameters of Scala. An expression that stands in a block is a statement.

[
  (package_clause)
  (import_declaration)
  (export_declaration)
  (package_object)
  (class_definition)
  (trait_definition)
  (object_definition)
  (enum_definition)
  (enum_case_definitions)
  (type_definition)
  (given_definition)
  (extension_definition)
  (function_definition)
  (function_declaration)
  (val_definition)
  (val_declaration)
  (var_definition)
  (var_declaration)
  (case_clause)
  (return_expression)
  (throw_expression)
] @statement.outer

(block (_) @statement.outer)
(indented_block (_) @statement.outer)
(template_body (call_expression) @statement.outer)

[
  (block)
  (indented_block)
  (template_body)
  (with_template_body)
  (enum_body)
  (case_block)
  (indented_cases)
] @block.outer

[(comment) (block_comment)] @comment.outer

[(string) (interpolated_string_expression) (character_literal)] @string.outer

[(parameter) (class_parameter)] @parameter.inner
(bindings (binding) @parameter.inner)
