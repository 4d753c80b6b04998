; Statements, blocks, comments, strings and parameters of Rust.

[
  (expression_statement) (let_declaration) (empty_statement)
  (use_declaration) (extern_crate_declaration) (function_item) (function_signature_item) (struct_item) (enum_item)
  (union_item) (trait_item) (impl_item) (type_item) (associated_type) (mod_item) (foreign_mod_item) (const_item)
  (static_item) (macro_definition) (inner_attribute_item)
  (field_declaration) (enum_variant) (match_arm)
] @statement.outer
(source_file (macro_invocation) @statement.outer)
(declaration_list (macro_invocation) @statement.outer)

; What a block ends with is no statement to the grammar; to its writer it is one.
(block (_expression) @statement.outer .)

[
  (block) (declaration_list) (field_declaration_list) (enum_variant_list) (match_block) (field_initializer_list)
] @block.outer

[(line_comment) (block_comment)] @comment.outer
[(string_literal) (raw_string_literal) (char_literal)] @string.outer
(parameters [(parameter) (self_parameter) (variadic_parameter)] @parameter.inner)
(closure_parameters (_) @parameter.inner)
