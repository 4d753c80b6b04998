; What a TypeScript file defines. The pattern that comes first wins where two mark the same name.
; `export` and `declare` stand around a definition and count to it.

(export_statement declaration: [
  (function_declaration name: (_) @name body: (_) @body)
  (generator_function_declaration name: (_) @name body: (_) @body)
  (function_signature name: (_) @name)]) @definition.function
(export_statement declaration: [
  (class_declaration name: (_) @name body: (_) @body)
  (abstract_class_declaration name: (_) @name body: (_) @body)]) @definition.class
(export_statement declaration: (interface_declaration name: (_) @name body: (_) @body)) @definition.interface
(export_statement declaration: (enum_declaration name: (_) @name body: (_) @body)) @definition.enum
(export_statement declaration: (type_alias_declaration name: (_) @name)) @definition.type
(export_statement declaration: (internal_module name: [
  (identifier) @name
  (nested_identifier property: (_) @name)] body: (_) @body)) @definition.namespace

(export_statement declaration: (ambient_declaration [
  (class_declaration name: (_) @name body: (_) @body)
  (abstract_class_declaration name: (_) @name body: (_) @body)])) @definition.class
(export_statement declaration: (ambient_declaration (function_signature name: (_) @name))) @definition.function
(export_statement declaration: (ambient_declaration
  (enum_declaration name: (_) @name body: (_) @body))) @definition.enum
(export_statement declaration: (ambient_declaration
  (internal_module name: (identifier) @name body: (_) @body))) @definition.namespace
(export_statement declaration: (ambient_declaration
  (variable_declaration (variable_declarator name: (identifier) @name)))) @definition.variable
(export_statement declaration: (ambient_declaration
  (lexical_declaration kind: "const" (variable_declarator name: (identifier) @name)))) @definition.constant
(export_statement declaration: (ambient_declaration
  (lexical_declaration kind: "let" (variable_declarator name: (identifier) @name)))) @definition.variable

(ambient_declaration [
  (class_declaration name: (_) @name body: (_) @body)
  (abstract_class_declaration name: (_) @name body: (_) @body)]) @definition.class
(ambient_declaration (interface_declaration name: (_) @name body: (_) @body)) @definition.interface
(ambient_declaration (type_alias_declaration name: (_) @name)) @definition.type
(ambient_declaration (function_signature name: (_) @name)) @definition.function
(ambient_declaration (enum_declaration name: (_) @name body: (_) @body)) @definition.enum
(ambient_declaration (module name: [
  (string (string_fragment) @name)
  (identifier) @name
  (nested_identifier property: (_) @name)] body: (_) @body)) @definition.module
(ambient_declaration (internal_module name: [
  (identifier) @name
  (nested_identifier property: (_) @name)] body: (_) @body)) @definition.namespace
(ambient_declaration (variable_declaration (variable_declarator name: (identifier) @name))) @definition.variable
(ambient_declaration
  (lexical_declaration kind: "const" (variable_declarator name: (identifier) @name))) @definition.constant
(ambient_declaration
  (lexical_declaration kind: "let" (variable_declarator name: (identifier) @name))) @definition.variable

(function_declaration name: (_) @name) @definition.function
(generator_function_declaration name: (_) @name) @definition.function
(function_signature name: (_) @name) @definition.function
(class_declaration name: (_) @name) @definition.class
(abstract_class_declaration name: (_) @name) @definition.class
(interface_declaration name: (_) @name) @definition.interface
(enum_declaration name: (_) @name) @definition.enum
(type_alias_declaration name: (_) @name) @definition.type
(internal_module name: [
  (identifier) @name
  (nested_identifier property: (_) @name)]) @definition.namespace
(module name: (identifier) @name) @definition.namespace

; export default function () {}
(export_statement "default" @name value: [
  (function_expression !name body: (_) @body)
  (arrow_function body: (_) @body)]) @definition.function
(export_statement "default" @name value: (class !name body: (_) @body)) @definition.class
(export_statement "default" @name value: [(object) (call_expression) (new_expression)]) @definition.constant

; const total = (items) => ..., wherever it stands
(export_statement declaration: (lexical_declaration (variable_declarator
  name: (identifier) @name
  value: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)]))) @definition.function
(lexical_declaration (variable_declarator
  name: (identifier) @name
  value: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)])) @definition.function
(variable_declaration (variable_declarator
  name: (identifier) @name
  value: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)])) @definition.function
(export_statement declaration: (lexical_declaration (variable_declarator
  name: (identifier) @name value: (class body: (_) @body)))) @definition.class
(lexical_declaration (variable_declarator
  name: (identifier) @name value: (class body: (_) @body))) @definition.class

; const Row = memo((props) => ...): what is handed over is its body.
(export_statement declaration: (lexical_declaration kind: "const" (variable_declarator
  name: (identifier) @name
  value: (call_expression arguments: (arguments [
    (arrow_function body: (statement_block) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)]))))) @definition.constant
(program (lexical_declaration kind: "const" (variable_declarator
  name: (identifier) @name
  value: (call_expression arguments: (arguments [
    (arrow_function body: (statement_block) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)])))) @definition.constant)

; The names of a module or a namespace. What a `require` brings is imported, not defined.
(export_statement declaration: (lexical_declaration kind: "const"
  (variable_declarator name: (identifier) @name))) @definition.constant
(export_statement declaration: (lexical_declaration kind: "let"
  (variable_declarator name: (identifier) @name))) @definition.variable
(export_statement declaration: (variable_declaration
  (variable_declarator name: (identifier) @name))) @definition.variable
(export_statement declaration: (lexical_declaration kind: "const" (variable_declarator name: [
  (object_pattern [
    (shorthand_property_identifier_pattern) @name
    (pair_pattern value: [(identifier) @name (assignment_pattern left: (identifier) @name)])
    (object_assignment_pattern left: (shorthand_property_identifier_pattern) @name)
    (rest_pattern (identifier) @name)])
  (array_pattern [
    (identifier) @name
    (assignment_pattern left: (identifier) @name)
    (rest_pattern (identifier) @name)])]))) @definition.constant
(export_statement declaration: (_ (variable_declarator name: [
  (object_pattern [
    (shorthand_property_identifier_pattern) @name
    (pair_pattern value: [(identifier) @name (assignment_pattern left: (identifier) @name)])
    (object_assignment_pattern left: (shorthand_property_identifier_pattern) @name)
    (rest_pattern (identifier) @name)])
  (array_pattern [
    (identifier) @name
    (assignment_pattern left: (identifier) @name)
    (rest_pattern (identifier) @name)])]))) @definition.variable

(program (lexical_declaration kind: "const" (variable_declarator name: (identifier) @name value: (_) @_value)
  (#not-match? @_value "^(await\\s+)?(require|import)\\b")) @definition.constant)
(program (lexical_declaration kind: "let" (variable_declarator name: (identifier) @name)) @definition.variable)
(program (variable_declaration (variable_declarator name: (identifier) @name !value)) @definition.variable)
(program (variable_declaration (variable_declarator name: (identifier) @name value: (_) @_value)
  (#not-match? @_value "^require\\b")) @definition.variable)
; Not "name ... value" in one: all names would be kept open until the value comes.
(program (lexical_declaration kind: "const" (variable_declarator name: [
  (object_pattern [
    (shorthand_property_identifier_pattern) @name
    (pair_pattern value: [(identifier) @name (assignment_pattern left: (identifier) @name)])
    (object_assignment_pattern left: (shorthand_property_identifier_pattern) @name)
    (rest_pattern (identifier) @name)])
  (array_pattern [
    (identifier) @name
    (assignment_pattern left: (identifier) @name)
    (rest_pattern (identifier) @name)])])) @definition.constant)
(program (_ (variable_declarator name: [
  (object_pattern [
    (shorthand_property_identifier_pattern) @name
    (pair_pattern value: [(identifier) @name (assignment_pattern left: (identifier) @name)])
    (object_assignment_pattern left: (shorthand_property_identifier_pattern) @name)
    (rest_pattern (identifier) @name)])
  (array_pattern [
    (identifier) @name
    (assignment_pattern left: (identifier) @name)
    (rest_pattern (identifier) @name)])])) @definition.variable)
((variable_declarator name: (object_pattern) value: [
  (call_expression function: (identifier) @_require)
  (member_expression object: (call_expression function: (identifier) @_require))
  (await_expression (call_expression function: (import) @_require))]) @local.scope
  (#any-of? @_require "require" "import"))
(internal_module body: (statement_block
  (lexical_declaration (variable_declarator name: (identifier) @name)) @definition.constant))
(module body: (statement_block
  (lexical_declaration (variable_declarator name: (identifier) @name)) @definition.constant))

; Where a mistake spoils a whole file, its declarations stand in an ERROR.
(ERROR (lexical_declaration kind: "const" (variable_declarator name: (identifier) @name value: (_) @_value)
  (#not-match? @_value "^(await\\s+)?(require|import)\\b")) @definition.constant)
(ERROR (lexical_declaration kind: "let" (variable_declarator name: (identifier) @name)) @definition.variable)
(ERROR (variable_declaration (variable_declarator name: (identifier) @name)) @definition.variable)

; What a class has.
((method_definition name: (_) @name) @definition.constructor (#eq? @name "constructor"))
(class_body (method_definition ["get" "set"] name: [
  (property_identifier) @name
  (private_property_identifier) @name
  (string (string_fragment) @name)]) @definition.property)
(class_body (method_definition name: [
  (property_identifier) @name
  (private_property_identifier) @name
  (string (string_fragment) @name)]) @definition.method)
(class_body (method_signature name: (_) @name) @definition.method)
(abstract_method_signature name: (_) @name) @definition.method
(public_field_definition name: [(property_identifier) (private_property_identifier)] @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @definition.method
(public_field_definition name: [
  (property_identifier) @name
  (private_property_identifier) @name
  (string (string_fragment) @name)]) @definition.field
; constructor(private readonly items: Item[])
(required_parameter (accessibility_modifier) pattern: (identifier) @name) @definition.field
(required_parameter "readonly" pattern: (identifier) @name) @definition.field
(optional_parameter (accessibility_modifier) pattern: (identifier) @name) @definition.field

; What an interface, or a type that is written as an object, has.
(interface_body (property_signature name: [
  (property_identifier) @name
  (string (string_fragment) @name)]) @definition.property)
(interface_body (method_signature name: [
  (property_identifier) @name
  (string (string_fragment) @name)]) @definition.method)
(type_alias_declaration value: (object_type (property_signature name: (property_identifier) @name) @definition.property))
(type_alias_declaration value: (object_type (method_signature name: (property_identifier) @name) @definition.method))
(type_alias_declaration value: (intersection_type
  (object_type (method_signature name: (property_identifier) @name) @definition.method)))
(type_alias_declaration value: (intersection_type
  (object_type (property_signature name: (property_identifier) @name) @definition.property)))
(type_alias_declaration value: (union_type
  (object_type (property_signature name: (property_identifier) @name) @definition.property)))

(enum_body name: [
  (property_identifier) @name
  (string (string_fragment) @name)] @definition.enum_member)
(enum_body (enum_assignment name: [
  (property_identifier) @name
  (string (string_fragment) @name)]) @definition.enum_member)

; The functions of an object that a module names or exports.
(variable_declarator value: (object (method_definition name: (property_identifier) @name) @definition.method))
(variable_declarator value: (object (pair key: (property_identifier) @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @definition.method))
(export_statement value: (object (method_definition name: (property_identifier) @name) @definition.method))
(export_statement value: (object (pair key: (property_identifier) @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @definition.method))

; The other names of such an object: `const Colour = { RED: 1 }`, `Object.freeze({ RED: 1 })`.
(program (lexical_declaration (variable_declarator value: (object (pair key: (property_identifier) @name) @definition.property))))
(program (variable_declaration (variable_declarator value: (object (pair key: (property_identifier) @name) @definition.property))))
(export_statement declaration: (lexical_declaration (variable_declarator value: (object (pair key: (property_identifier) @name) @definition.property))))
(export_statement value: (object (pair key: (property_identifier) @name) @definition.property))
(program (lexical_declaration (variable_declarator value: (as_expression
  (object (pair key: (property_identifier) @name) @definition.property)))))
(export_statement declaration: (lexical_declaration (variable_declarator value: (as_expression
  (object (pair key: (property_identifier) @name) @definition.property)))))
(program (lexical_declaration (variable_declarator value: (satisfies_expression
  (object (pair key: (property_identifier) @name) @definition.property)))))
(export_statement declaration: (lexical_declaration (variable_declarator value: (satisfies_expression
  (object (pair key: (property_identifier) @name) @definition.property)))))
(export_statement declaration: (lexical_declaration (variable_declarator value: (call_expression
  function: (member_expression property: (property_identifier) @_freeze)
  arguments: (arguments . (object (pair key: (property_identifier) @name) @definition.property))))
  (#eq? @_freeze "freeze")))
(program (lexical_declaration (variable_declarator value: (call_expression
  function: (member_expression property: (property_identifier) @_freeze)
  arguments: (arguments . (object (pair key: (property_identifier) @name) @definition.property))))
  (#eq? @_freeze "freeze")))

; What is not closed yet: only its name is sure.
(ERROR "class" . [(identifier) (type_identifier)] @name @definition.class)
(ERROR "interface" . [(identifier) (type_identifier)] @name @definition.interface)
(ERROR "function" . (identifier) @name @definition.function)
