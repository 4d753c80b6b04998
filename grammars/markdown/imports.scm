; The files that a Markdown file links to: its link definitions, and its texts, which the tree leaves as they are.

[(link_reference_definition) (inline) (pipe_table_cell)] @import.tree
