; Rules, declarations, blocks, comments and strings of CSS.

[
  (rule_set)
  (declaration)
  (at_rule)
  (media_statement)
  (supports_statement)
  (scope_statement)
  (keyframes_statement)
  (keyframe_block)
  (import_statement)
  (charset_statement)
  (namespace_statement)
] @statement.outer

[(block) (keyframe_block_list)] @block.outer
[(comment) (js_comment)] @comment.outer
(string_value) @string.outer
