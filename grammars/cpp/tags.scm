; What a C++ file defines beyond C (../c/tags.scm stands behind these patterns). The first pattern wins.

(lambda_expression) @local.scope

(namespace_definition name: [
  (namespace_identifier) @name
  (nested_namespace_specifier (namespace_identifier) @name .)
  (nested_namespace_specifier (nested_namespace_specifier (namespace_identifier) @name .) .)
]) @definition.namespace
(namespace_alias_definition name: (namespace_identifier) @name) @definition.namespace

; Types. A template's head belongs to them.
(template_declaration
  (class_specifier name: [
    (type_identifier) @name
    (template_type name: (type_identifier) @name)
    (qualified_identifier name: (type_identifier) @name)
    (qualified_identifier name: (template_type name: (type_identifier) @name))
  ] body: (_) @body)) @definition.class
(template_declaration
  (struct_specifier name: [
    (type_identifier) @name
    (template_type name: (type_identifier) @name)
    (qualified_identifier name: (type_identifier) @name)
    (qualified_identifier name: (template_type name: (type_identifier) @name))
  ] body: (_) @body)) @definition.struct
(template_declaration (union_specifier name: (type_identifier) @name body: (_) @body)) @definition.union
(class_specifier name: [
  (type_identifier) @name
  (template_type name: (type_identifier) @name)
  (qualified_identifier name: (type_identifier) @name)
  (qualified_identifier name: (qualified_identifier name: (type_identifier) @name))
] body: (_)) @definition.class
(struct_specifier name: [
  (template_type name: (type_identifier) @name)
  (qualified_identifier name: (type_identifier) @name)
] body: (_)) @definition.struct

(template_declaration (alias_declaration name: (type_identifier) @name)) @definition.type
(alias_declaration name: (type_identifier) @name) @definition.type
(template_declaration (concept_definition name: (identifier) @name)) @definition.concept

; Functions and members, in their place or outside of their type.
(template_declaration (function_definition declarator: (_) @declarator body: (_) @body)) @definition.function
(template_declaration (function_definition declarator: (_) @declarator)) @definition.function
(template_declaration (declaration declarator: (_) @declarator)) @definition.variable
