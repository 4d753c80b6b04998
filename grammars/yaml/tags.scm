; The keys of a YAML document's two upper levels, and its anchors.

(document
  (block_node
    (block_mapping
      (block_mapping_pair
        key: (flow_node [(plain_scalar) (double_quote_scalar) (single_quote_scalar)] @name)
        value: (block_node)? @body) @definition.key)))
((document
  (block_node
    (block_mapping
      (block_mapping_pair
        value: (block_node
          (block_mapping
            (block_mapping_pair
              key: (flow_node [(plain_scalar) (double_quote_scalar) (single_quote_scalar)] @name)
              value: (block_node)? @body) @definition.key))))))
  (#not-eq? @name "<<"))
(document
  (block_node
    (block_mapping
      (block_mapping_pair
        value: (flow_node
          (flow_mapping
            (flow_pair
              key: (flow_node [(plain_scalar) (double_quote_scalar) (single_quote_scalar)] @name))
            @definition.key))))))

(anchor (anchor_name) @name) @definition.anchor

; While a file is being written it may not be understood as a whole.
(ERROR
  (block_mapping_pair
    key: (flow_node [(plain_scalar) (double_quote_scalar) (single_quote_scalar)] @name)
    value: (block_node)? @body) @definition.key)
((ERROR
  (block_mapping_pair
    value: (block_node
      (block_mapping
        (block_mapping_pair
          key: (flow_node [(plain_scalar) (double_quote_scalar) (single_quote_scalar)] @name)
          value: (block_node)? @body) @definition.key))))
  (#not-eq? @name "<<"))
