; JSON Schema's and OpenAPI's references to other files, and `!include`.

((block_mapping_pair
  key: (flow_node) @_key
  value: (flow_node [(plain_scalar) (double_quote_scalar) (single_quote_scalar)] @module.relative)) @import
  (#eq? @_key "$ref")
  (#match? @module.relative "^[\"']?(?![/#\"']|[A-Za-z]+:)"))

((flow_node (tag) @_tag [(plain_scalar) (double_quote_scalar) (single_quote_scalar)] @module.relative) @import
  (#eq? @_tag "!include"))
