; Which names an HTML file uses: classes, ids, custom elements.

((attribute
  (attribute_name) @_attribute
  [(attribute_value) @reference.words (quoted_attribute_value (attribute_value) @reference.words)])
  (#any-of? @_attribute
    "class" "for" "form" "list" "headers" "aria-describedby" "aria-labelledby" "aria-controls" "aria-owns"
    "aria-details" "aria-flowto"))
((attribute
  (attribute_name) @_attribute
  (quoted_attribute_value (attribute_value) @reference.words))
  (#any-of? @_attribute "href" "xlink:href")
  (#match? @reference.words "^#[^\\s]+$"))

; <custom-element>
((start_tag (tag_name) @reference.type) (#match? @reference.type "-"))
((self_closing_tag (tag_name) @reference.type) (#match? @reference.type "-"))
