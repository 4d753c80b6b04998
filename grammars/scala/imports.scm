; What a Scala file imports, and the package that it says it is in. A path is many nodes: its first and its last count.

(package_clause name: (package_identifier) @module) @import.package

(import_declaration . (identifier) @module (identifier) @module .) @import
(import_declaration . (identifier) @module (identifier) @module . (namespace_wildcard) @wildcard) @import
(import_declaration . (identifier) @module . (namespace_wildcard) @wildcard) @import

(import_declaration . (identifier) @module (identifier) @module . (namespace_selectors (identifier) @name)) @import
(import_declaration . (identifier) @module . (namespace_selectors (identifier) @name)) @import
(import_declaration . (identifier) @module (identifier) @module .
  (namespace_selectors (namespace_wildcard) @wildcard)) @import
(import_declaration . (identifier) @module . (namespace_selectors (namespace_wildcard) @wildcard)) @import
(import_declaration . (identifier) @module (identifier) @module .
  (namespace_selectors [
    (arrow_renamed_identifier name: (identifier) @name alias: (_) @alias)
    (as_renamed_identifier name: (identifier) @name alias: (_) @alias)
  ])) @import
(import_declaration . (identifier) @module .
  (namespace_selectors [
    (arrow_renamed_identifier name: (identifier) @name alias: (_) @alias)
    (as_renamed_identifier name: (identifier) @name alias: (_) @alias)
  ])) @import
