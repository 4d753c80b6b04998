; What a TypeScript file imports. The statements are taken apart elsewhere.

(import_statement) @import.tree
(export_statement source: (string)) @import.tree

; import("./a"), require("./a")
(call_expression function: (import) arguments: (arguments . (string))) @import.tree
((call_expression function: (identifier) @_require arguments: (arguments . (string) .)) @import.tree
  (#eq? @_require "require"))
