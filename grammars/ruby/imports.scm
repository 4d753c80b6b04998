; What a Ruby file requires.

((call
  !receiver
  method: (identifier) @_method
  arguments: (argument_list . (string . (string_content) @module .))) @import
  (#any-of? @_method "require" "load"))

((call
  !receiver
  method: (identifier) @_method
  arguments: (argument_list . (string . (string_content) @module.relative .))) @import
  (#eq? @_method "require_relative"))

((call
  method: (identifier) @_method
  arguments: (argument_list . (simple_symbol) @name (string . (string_content) @module .))) @import
  (#eq? @_method "autoload"))
