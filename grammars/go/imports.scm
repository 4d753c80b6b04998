; What a Go file imports, and its own package.

(package_clause (package_identifier) @module) @import.package
(import_spec !name path: (_) @module) @import
(import_spec name: [(package_identifier) (blank_identifier)] @module.alias path: (_) @module) @import
(import_spec name: (dot) @wildcard path: (_) @module) @import
