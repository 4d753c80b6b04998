; What a Zig file imports.

((builtin_function
  (builtin_identifier) @_import
  (arguments . (string (string_content) @module))) @import
  (#any-of? @_import "@import" "@embedFile"))

((variable_declaration
  . (identifier) @module.alias
  (builtin_function (builtin_identifier) @_import (arguments . (string (string_content) @module))) @import .)
  (#eq? @_import "@import"))
((variable_declaration
  "pub"
  (builtin_function (builtin_identifier) @_import (arguments . (string (string_content) @module))) @import.reexport .)
  (#eq? @_import "@import"))

; const Name = @import("file.zig").Name;
((variable_declaration
  . (identifier) @alias
  (field_expression
    object: (builtin_function
      (builtin_identifier) @_import
      (arguments . (string (string_content) @module))) @import
    member: (identifier) @name) .)
  (#eq? @_import "@import"))
((variable_declaration
  "pub"
  (field_expression
    object: (builtin_function
      (builtin_identifier) @_import
      (arguments . (string (string_content) @module))) @import.reexport) .)
  (#eq? @_import "@import"))

((using_namespace_declaration
  (builtin_function
    (builtin_identifier) @_import
    (arguments . (string (string_content) @module))) @import.reexport @wildcard)
  (#eq? @_import "@import"))

((builtin_function
  (builtin_identifier) @_include
  (arguments . (string (string_content) @module))) @import.system
  (#eq? @_include "@cInclude"))
