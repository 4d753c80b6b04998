; What a C# file uses, and the namespaces that it says it is in.

(namespace_declaration name: (_) @module) @import.package
(file_scoped_namespace_declaration name: (_) @module) @import.package

(using_directive !name [(identifier) (qualified_name) (alias_qualified_name)] @module) @import
(using_directive name: (identifier) @module.alias
  (qualified_name name: (identifier)) @module) @import
(using_directive name: (identifier) @module.alias . (identifier) @module) @import
(using_directive name: (identifier) @alias
  (qualified_name qualifier: (_) @module name: (generic_name (identifier) @name))) @import
