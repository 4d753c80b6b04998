; What a Lua file requires.

((function_call
  name: (identifier) @_require
  arguments: (arguments . (string content: (string_content) @module) .)) @import
  (#any-of? @_require "require" "dofile" "loadfile"))

((variable_declaration
  (assignment_statement
    (variable_list . name: (identifier) @module.alias)
    (expression_list
      . value: (function_call
        name: (identifier) @_require
        arguments: (arguments . (string content: (string_content) @module) .)) @import)))
  (#eq? @_require "require"))

; local name = require("module").name
((variable_declaration
  (assignment_statement
    (variable_list . name: (identifier) @alias)
    (expression_list
      . value: (dot_index_expression
        table: (function_call
          name: (identifier) @_require
          arguments: (arguments . (string content: (string_content) @module) .)) @import
        field: (identifier) @name))))
  (#eq? @_require "require"))

((function_call
  name: (identifier) @_pcall
  arguments: (arguments . (identifier) @_require (string content: (string_content) @module))) @import
  (#eq? @_pcall "pcall")
  (#eq? @_require "require"))
