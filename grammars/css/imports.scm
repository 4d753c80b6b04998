; What a style sheet imports.

((import_statement
  [
    (string_value (string_content) @module.relative)
    (call_expression (arguments (string_value (string_content) @module.relative)))
    (call_expression (arguments (plain_value) @module.relative))
  ]) @import
  (#match? @module.relative "^(?!/|[A-Za-z]+:)"))

((import_statement
  [
    (string_value (string_content) @module)
    (call_expression (arguments (string_value (string_content) @module)))
    (call_expression (arguments (plain_value) @module))
  ]) @import
  (#match? @module "^(?:/|[A-Za-z]+:)"))
