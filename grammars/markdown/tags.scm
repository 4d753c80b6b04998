; The headings of a Markdown file, each with all that belongs to it, and its link definitions.

(section . (atx_heading heading_content: (inline) @name)) @definition.section
((setext_heading heading_content: (paragraph (inline) @name)) @definition.section (#not-match? @name "\n"))

(link_reference_definition (link_label) @name) @definition.link
