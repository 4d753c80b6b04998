; What a PHP file imports, includes, and the namespace that it belongs to.

(namespace_definition name: (namespace_name) @module) @import.package

(namespace_use_declaration
  (namespace_use_clause . [(name) (qualified_name)] @module alias: (name)? @module.alias)) @import
(namespace_use_declaration
  (namespace_name) @module
  body: (namespace_use_group
    (namespace_use_clause . [(name) (qualified_name)] @name alias: (name)? @alias))) @import

([
  (require_expression (string (string_content) @module))
  (require_once_expression (string (string_content) @module))
  (include_expression (string (string_content) @module))
  (include_once_expression (string (string_content) @module))
  (require_expression (encapsed_string . (string_content) @module .))
  (require_once_expression (encapsed_string . (string_content) @module .))
  (include_expression (encapsed_string . (string_content) @module .))
  (include_once_expression (encapsed_string . (string_content) @module .))
  (require_expression (parenthesized_expression (string (string_content) @module)))
  (require_once_expression (parenthesized_expression (string (string_content) @module)))
  (include_expression (parenthesized_expression (string (string_content) @module)))
  (include_once_expression (parenthesized_expression (string (string_content) @module)))
  (require_expression (parenthesized_expression (encapsed_string . (string_content) @module .)))
  (require_once_expression (parenthesized_expression (encapsed_string . (string_content) @module .)))
  (include_expression (parenthesized_expression (encapsed_string . (string_content) @module .)))
  (include_once_expression (parenthesized_expression (encapsed_string . (string_content) @module .)))
] @import)

; __DIR__ . '/file.php'
((require_expression
  (binary_expression left: (name) @_dir right: (string (string_content) @module.relative))) @import
  (#eq? @_dir "__DIR__"))
((require_once_expression
  (binary_expression left: (name) @_dir right: (string (string_content) @module.relative))) @import
  (#eq? @_dir "__DIR__"))
((include_expression
  (binary_expression left: (name) @_dir right: (string (string_content) @module.relative))) @import
  (#eq? @_dir "__DIR__"))
((include_once_expression
  (binary_expression left: (name) @_dir right: (string (string_content) @module.relative))) @import
  (#eq? @_dir "__DIR__"))
