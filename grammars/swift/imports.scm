; What a Swift file imports.

(import_declaration (identifier) @module) @import
