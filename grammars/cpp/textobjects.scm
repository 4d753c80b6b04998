; Statements, blocks, strings and parameters of C++ beyond C (../c/textobjects.scm stands behind these patterns).

[
  (namespace_definition)
  (namespace_alias_definition)
  (template_declaration)
  (using_declaration)
  (alias_declaration)
  (friend_declaration)
  (static_assert_declaration)
  (concept_definition)
  (for_range_loop)
  (try_statement)
  (throw_statement)
  (co_return_statement)
  (co_yield_statement)
] @statement.outer

(translation_unit (class_specifier) @statement.outer)
(declaration_list [(class_specifier) (struct_specifier) (union_specifier) (enum_specifier)] @statement.outer)

(requirement_seq) @block.outer

(raw_string_literal) @string.outer

[
  (optional_parameter_declaration)
  (variadic_parameter_declaration)
  (type_parameter_declaration)
  (optional_type_parameter_declaration)
  (variadic_type_parameter_declaration)
] @parameter.inner
