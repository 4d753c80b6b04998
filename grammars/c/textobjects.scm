; Statements, blocks, comments, strings and parameters of C.

[
  (function_definition)
  (declaration)
  (field_declaration)
  (type_definition)
  (linkage_specification)
  (enumerator)
  (expression_statement)
  (labeled_statement)
  (if_statement)
  (switch_statement)
  (case_statement)
  (while_statement)
  (do_statement)
  (for_statement)
  (return_statement)
  (break_statement)
  (continue_statement)
  (goto_statement)
  (preproc_include)
  (preproc_def)
  (preproc_function_def)
  (preproc_call)
] @statement.outer

; A struct, union or enum that declares nothing else.
(translation_unit [(struct_specifier) (union_specifier) (enum_specifier)] @statement.outer)

[
  (compound_statement)
  (field_declaration_list)
  (enumerator_list)
  (declaration_list)
] @block.outer

(comment) @comment.outer

[(string_literal) (system_lib_string) (char_literal)] @string.outer

(parameter_declaration) @parameter.inner
(preproc_params (identifier) @parameter.inner)
