; What a style sheet defines. A rule defines the class or id that it is about: the last of its selector.

(rule_set (selectors (class_selector (class_name) @name)) (block) @body) @definition.class
(rule_set (selectors (descendant_selector (class_selector (class_name) @name) .)) (block) @body) @definition.class
(rule_set (selectors (child_selector (class_selector (class_name) @name) .)) (block) @body) @definition.class
(rule_set (selectors (sibling_selector (class_selector (class_name) @name) .)) (block) @body) @definition.class
(rule_set (selectors (adjacent_sibling_selector (class_selector (class_name) @name) .)) (block) @body) @definition.class
(rule_set (selectors (pseudo_class_selector . (class_selector (class_name) @name))) (block) @body) @definition.class
(rule_set (selectors (pseudo_element_selector . (class_selector (class_name) @name))) (block) @body) @definition.class
(rule_set (selectors (attribute_selector . (class_selector (class_name) @name))) (block) @body) @definition.class

(rule_set (selectors (id_selector (id_name) @name)) (block) @body) @definition.id
(rule_set (selectors (descendant_selector (id_selector (id_name) @name) .)) (block) @body) @definition.id
(rule_set (selectors (child_selector (id_selector (id_name) @name) .)) (block) @body) @definition.id
(rule_set (selectors (pseudo_class_selector . (id_selector (id_name) @name))) (block) @body) @definition.id
(rule_set (selectors (pseudo_element_selector . (id_selector (id_name) @name))) (block) @body) @definition.id

(keyframes_statement (keyframes_name) @name (keyframe_block_list) @body) @definition.keyframes

; --custom-property: value
((declaration (property_name) @name) @definition.property (#match? @name "^--"))
((at_rule (at_keyword) @_rule (keyword_query) @name (block) @body) @definition.property (#eq? @_rule "@property"))
