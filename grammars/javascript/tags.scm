; What a JavaScript file defines. The pattern that comes first wins where two mark the same name.
; `export` stands around a definition and counts to it.

(export_statement declaration: [
  (function_declaration name: (_) @name body: (_) @body)
  (generator_function_declaration name: (_) @name body: (_) @body)]) @definition.function
(export_statement declaration: (class_declaration name: (_) @name body: (_) @body)) @definition.class

(function_declaration name: (_) @name) @definition.function
(generator_function_declaration name: (_) @name) @definition.function
(class_declaration name: (_) @name) @definition.class

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
(variable_declaration (variable_declarator
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

; A module's own names. What a `require` brings is imported, not defined.
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
(field_definition property: [(property_identifier) (private_property_identifier)] @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @definition.method
(field_definition property: [
  (property_identifier) @name
  (private_property_identifier) @name
  (string (string_fragment) @name)]) @definition.field

; Item.prototype.total = function () {}, Item.create = () => {}, exports.total = function () {}
(expression_statement (assignment_expression
  left: (member_expression
    object: (member_expression property: (property_identifier) @_prototype)
    property: (property_identifier) @name)
  right: [
    (function_expression body: (_) @body)
    (arrow_function body: (_) @body)
    (generator_function body: (_) @body)])
  (#eq? @_prototype "prototype")) @definition.method
(program (expression_statement (assignment_expression
  left: (member_expression property: (property_identifier) @name)
  right: [
    (function_expression body: (_) @body)
    (arrow_function body: (_) @body)
    (generator_function body: (_) @body)])
  (#not-eq? @name "exports")) @definition.function)
(program (expression_statement (assignment_expression
  left: (member_expression property: (property_identifier) @name)
  right: (class body: (_) @body))
  (#not-eq? @name "exports")) @definition.class)
; module.exports = class Item {}, module.exports = function total() {}
(program (expression_statement (assignment_expression
  left: (member_expression object: (identifier) @_module)
  right: (class name: (identifier) @name body: (_) @body))
  (#eq? @_module "module")) @definition.class)
(program (expression_statement (assignment_expression
  left: (member_expression object: (identifier) @_module)
  right: (function_expression name: (identifier) @name body: (_) @body))
  (#eq? @_module "module")) @definition.function)
; module.exports = (items) => ...
(program (expression_statement (assignment_expression
  left: (member_expression object: (identifier) @_module property: (property_identifier) @name)
  right: [(arrow_function body: (_) @body) (function_expression !name body: (_) @body)])
  (#eq? @_module "module")) @definition.function)
(program (expression_statement (assignment_expression
  left: (member_expression object: (identifier) @_module property: (property_identifier) @name)
  right: (class !name body: (_) @body))
  (#eq? @_module "module")) @definition.class)
; exports.LIMIT = 3, module.exports.LIMIT = 3
(program (expression_statement (assignment_expression
  left: (member_expression
    object: [(identifier) @_exports (member_expression object: (identifier) property: (_) @_exports)]
    property: (property_identifier) @name))
  (#eq? @_exports "exports")) @definition.constant)

; What is set on an instance; only the first place counts.
(assignment_expression
  left: (member_expression object: (this) @_self property: [
    (property_identifier)
    (private_property_identifier)] @name)
  right: (function_expression body: (_) @body)) @definition.method
(assignment_expression
  left: (member_expression object: (this) @_self property: (property_identifier) @name)) @definition.field

; The functions of an object that a module names or exports.
(variable_declarator value: (object (method_definition name: (property_identifier) @name) @definition.method))
(variable_declarator value: (object (pair key: (property_identifier) @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @definition.method))
(export_statement value: (object (method_definition name: (property_identifier) @name) @definition.method))
(export_statement value: (object (pair key: (property_identifier) @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @definition.method))
(expression_statement (assignment_expression
  right: (object (method_definition name: (property_identifier) @name) @definition.method)))
(expression_statement (assignment_expression
  right: (object (pair key: (property_identifier) @name
    value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @definition.method)))

; The other names of such an object: `const Colour = { RED: 1 }`, `Object.freeze({ RED: 1 })`.
(program (lexical_declaration (variable_declarator value: (object (pair key: (property_identifier) @name) @definition.property))))
(program (variable_declaration (variable_declarator value: (object (pair key: (property_identifier) @name) @definition.property))))
(export_statement declaration: (lexical_declaration (variable_declarator value: (object (pair key: (property_identifier) @name) @definition.property))))
(export_statement value: (object (pair key: (property_identifier) @name) @definition.property))
(export_statement declaration: (lexical_declaration (variable_declarator value: (call_expression
  function: (member_expression property: (property_identifier) @_freeze)
  arguments: (arguments . (object (pair key: (property_identifier) @name) @definition.property))))
  (#eq? @_freeze "freeze")))
(program (lexical_declaration (variable_declarator value: (call_expression
  function: (member_expression property: (property_identifier) @_freeze)
  arguments: (arguments . (object (pair key: (property_identifier) @name) @definition.property))))
  (#eq? @_freeze "freeze")))
(program (expression_statement (assignment_expression
  left: (member_expression property: (property_identifier) @_exports)
  right: (object (pair key: (property_identifier) @name) @definition.property))
  (#eq? @_exports "exports")))

; Item.LIMIT = 3, Item.prototype.kind = "item", window.shop = ...
(program (expression_statement (assignment_expression
  left: (member_expression object: (identifier) @_owner property: (property_identifier) @name))
  (#match? @_owner "^([A-Z]\\w*|window|globalThis|global)$")) @definition.property)
(program (expression_statement (assignment_expression
  left: (member_expression
    object: (member_expression property: (property_identifier) @_prototype)
    property: (property_identifier) @name))
  (#eq? @_prototype "prototype")) @definition.property)

; What is not closed yet: only its name is sure.
(ERROR "class" . (identifier) @name @definition.class)
(ERROR "function" . (identifier) @name @definition.function)
