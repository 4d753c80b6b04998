; What a PHP file defines. The pattern that comes first wins where two mark the same name.

(namespace_definition name: (namespace_name) @name) @definition.namespace

(class_declaration name: (name) @name) @definition.class
(interface_declaration name: (name) @name) @definition.interface
(trait_declaration name: (name) @name) @definition.trait
(enum_declaration name: (name) @name) @definition.enum
(enum_case name: (name) @name) @definition.enum_member

(function_definition name: (name) @name) @definition.function
(method_declaration name: (name) @name) @definition.method
(use_as_clause (class_constant_access_expression) (name) @name) @definition.method

(const_declaration (const_element . (name) @name)) @definition.constant
((function_call_expression
  function: (name) @_define
  arguments: (arguments . (argument [(string . (string_content) @name .) (encapsed_string . (string_content) @name .)])))
  @definition.constant
  (#eq? @_define "define"))

(property_declaration (property_element name: (variable_name (name) @name))) @definition.field
(property_promotion_parameter name: (variable_name (name) @name)) @definition.field

(program (expression_statement (assignment_expression left: (variable_name (name) @name))) @definition.variable)

; While a class or a function is being written it may not be understood as a whole.
(ERROR "class" . (name) @name @definition.class)
(ERROR "interface" . (name) @name @definition.interface)
(ERROR "trait" . (name) @name @definition.trait)
(ERROR "function" . (name) @name @definition.function)
