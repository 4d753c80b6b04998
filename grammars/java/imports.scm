; What a Java file imports, and the package that it says it is in.

(package_declaration [(scoped_identifier) (identifier)] @module) @import.package

((import_declaration (scoped_identifier) @module .) @import (#not-match? @import "^import\\s+static\\b"))
((import_declaration [(scoped_identifier) (identifier)] @module (asterisk) @wildcard) @import)
(import_declaration "static" (scoped_identifier scope: (_) @module name: (identifier) @name) .) @import
