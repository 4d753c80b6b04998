; What an HTML file names: elements with an id, anchors, headings. Scripts and styles within it are text.

((element
  (start_tag
    (attribute
      (attribute_name) @_attribute
      [(attribute_value) @name (quoted_attribute_value (attribute_value) @name)]))) @definition.id
  (#eq? @_attribute "id"))
((element
  (self_closing_tag
    (attribute
      (attribute_name) @_attribute
      [(attribute_value) @name (quoted_attribute_value (attribute_value) @name)]))) @definition.id
  (#eq? @_attribute "id"))
(([(script_element (start_tag (attribute (attribute_name) @_attribute (quoted_attribute_value (attribute_value) @name))))
   (style_element (start_tag (attribute (attribute_name) @_attribute (quoted_attribute_value (attribute_value) @name))))])
  @definition.id
  (#eq? @_attribute "id"))

; In an element that is never closed.
((ERROR
  (start_tag
    (attribute (attribute_name) @_attribute (quoted_attribute_value (attribute_value) @name))) @definition.id)
  (#eq? @_attribute "id"))

; <a name="place">
((element
  (start_tag
    (tag_name) @_tag
    (attribute (attribute_name) @_attribute (quoted_attribute_value (attribute_value) @name)))) @definition.id
  (#eq? @_tag "a")
  (#eq? @_attribute "name"))

((element (start_tag (tag_name) @_tag) . (text) @name) @definition.heading
  (#any-of? @_tag "h1" "h2" "h3" "h4" "h5" "h6" "title"))
