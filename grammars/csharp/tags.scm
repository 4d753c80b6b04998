; What a C# file defines. The pattern that comes first wins where two mark the same name.

(namespace_declaration name: [
  (identifier) @name
  (qualified_name name: (identifier) @name)
]) @definition.namespace
(file_scoped_namespace_declaration name: [
  (identifier) @name
  (qualified_name name: (identifier) @name)
]) @definition.namespace

(class_declaration name: (identifier) @name) @definition.class
(record_declaration name: (identifier) @name) @definition.class
(struct_declaration name: (identifier) @name) @definition.struct
(interface_declaration name: (identifier) @name) @definition.interface
(enum_declaration name: (identifier) @name) @definition.enum
(enum_member_declaration name: (identifier) @name) @definition.enum_member
(delegate_declaration name: (identifier) @name) @definition.type

(constructor_declaration name: (identifier) @name) @definition.constructor
(destructor_declaration "~" @name name: (identifier) @name.end) @definition.method
(method_declaration name: (identifier) @name) @definition.method
(local_function_statement name: (identifier) @name) @definition.function
(indexer_declaration "this" @name) @definition.property
(operator_declaration "operator" @name operator: _ @name.end) @definition.method
(conversion_operator_declaration "operator" @name type: (_) @name.end) @definition.method

(property_declaration name: (identifier) @name accessors: (accessor_list) @body) @definition.property
(property_declaration name: (identifier) @name value: (arrow_expression_clause) @body) @definition.property
(property_declaration name: (identifier) @name) @definition.property
(event_declaration name: (identifier) @name accessors: (accessor_list) @body) @definition.event
(event_field_declaration (variable_declaration (variable_declarator name: (identifier) @name))) @definition.event

(field_declaration
  (modifier "const")
  (variable_declaration (variable_declarator name: (identifier) @name))) @definition.constant
(field_declaration (variable_declaration (variable_declarator name: (identifier) @name))) @definition.field

; A record's parameters are its properties.
(record_declaration (parameter_list (parameter name: (identifier) @name) @definition.property))
