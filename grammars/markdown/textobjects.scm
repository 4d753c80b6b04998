; Paragraphs, sections and code of Markdown.

[(paragraph) (atx_heading) (setext_heading) (list_item) (pipe_table_row) (link_reference_definition)] @statement.outer
[(section) (list) (block_quote) (fenced_code_block) (indented_code_block) (pipe_table)] @block.outer
