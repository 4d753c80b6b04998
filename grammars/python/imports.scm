; What a Python file imports.

(import_statement name: (dotted_name) @module) @import
(import_statement name: (aliased_import name: (dotted_name) @module alias: (identifier) @module.alias)) @import

(import_from_statement
  module_name: [(dotted_name) (relative_import)] @module
  name: (dotted_name) @name) @import
(import_from_statement
  module_name: [(dotted_name) (relative_import)] @module
  name: (aliased_import name: (dotted_name) @name alias: (identifier) @alias)) @import
(import_from_statement
  module_name: [(dotted_name) (relative_import)] @module
  (wildcard_import) @wildcard) @import
(future_import_statement) @_future
