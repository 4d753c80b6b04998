; What a Kotlin file defines. The pattern that comes first wins where two mark the same name.

(class_declaration "interface" name: (identifier) @name (class_body)? @body) @definition.interface
(class_declaration name: (identifier) @name (enum_class_body) @body) @definition.enum
(class_declaration name: (identifier) @name (class_body)? @body) @definition.class
(object_declaration name: (identifier) @name (class_body)? @body) @definition.object
(companion_object name: (identifier) @name (class_body)? @body) @definition.object
(enum_entry (identifier) @name (class_body)? @body) @definition.enum_member
(type_alias type: (identifier) @name) @definition.type

(class_body (function_declaration name: (identifier) @name (function_body)? @body) @definition.method)
(enum_class_body (function_declaration name: (identifier) @name (function_body)? @body) @definition.method)
(function_declaration name: (identifier) @name (function_body)? @body) @definition.function
(secondary_constructor "constructor" @name (block)? @body) @definition.constructor

; `class A(val b: Int)`: b is a property.
((class_parameter ["val" "var"] . (identifier) @name) @definition.property)

(property_declaration
  (modifiers (property_modifier "const"))
  (variable_declaration (identifier) @name)) @definition.constant
(class_body (property_declaration (variable_declaration (identifier) @name)) @definition.property)
(enum_class_body (property_declaration (variable_declaration (identifier) @name)) @definition.property)
(source_file (property_declaration (variable_declaration (identifier) @name)) @definition.variable)
(source_file
  (property_declaration (multi_variable_declaration (variable_declaration (identifier) @name))) @definition.variable)
