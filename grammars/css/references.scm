; Which names a style sheet uses, and how. The capture stands on the name itself.

((call_expression (function_name) @_var (arguments . (plain_value) @reference.other)) (#eq? @_var "var"))
((declaration (property_name) @_property (plain_value) @reference.other)
  (#any-of? @_property "animation-name" "transition-property"))
((declaration (property_name) @_property (plain_value) @reference.other)
  (#eq? @_property "animation")
  (#not-match? @reference.other "^(ease.*|linear|infinite|normal|reverse|alternate.*|forwards|backwards|both|none|paused|running|step-.*|initial|inherit|unset)$"))

; A selector's classes and ids, but for the one that its rule is about.
(class_selector (class_name) @reference.other)
(id_selector (id_name) @reference.other)
(selectors (class_selector (class_name) @own))
(selectors (descendant_selector (class_selector (class_name) @own) .))
(selectors (child_selector (class_selector (class_name) @own) .))
(selectors (sibling_selector (class_selector (class_name) @own) .))
(selectors (adjacent_sibling_selector (class_selector (class_name) @own) .))
(selectors (pseudo_class_selector . (class_selector (class_name) @own)))
(selectors (pseudo_element_selector . (class_selector (class_name) @own)))
(selectors (attribute_selector . (class_selector (class_name) @own)))
(selectors (id_selector (id_name) @own))
(selectors (descendant_selector (id_selector (id_name) @own) .))
(selectors (child_selector (id_selector (id_name) @own) .))
(selectors (pseudo_class_selector . (id_selector (id_name) @own)))
(selectors (pseudo_element_selector . (id_selector (id_name) @own)))

; Custom elements.
((tag_name) @reference.type (#match? @reference.type "^[a-z]\\w*-"))
