; JSON Schema's and OpenAPI's references to other files, a configuration that extends another.

((pair
  key: (string (string_content) @_key)
  value: (string . (string_content) @module.relative .)) @import
  (#eq? @_key "$ref")
  (#match? @module.relative "^(?![/#]|[A-Za-z]+:)"))

((document
  (object
    (pair
      key: (string (string_content) @_key)
      value: (string . (string_content) @module .)) @import))
  (#any-of? @_key "extends" "$schema")
  (#match? @module "^[.]"))
