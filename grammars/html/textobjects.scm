; Elements, comments and strings of HTML.

[(element) (script_element) (style_element)] @statement.outer
[(element) (script_element) (style_element)] @block.outer
(comment) @comment.outer
(quoted_attribute_value) @string.outer
