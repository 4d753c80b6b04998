; What a Ruby file defines. The pattern that comes first wins where two mark the same name.

; `private def name` and its like: the word in front belongs to it.
(call
  method: (identifier)
  arguments: (argument_list . [
    (method name: (_) @name body: (_)? @body)
    (singleton_method name: (_) @name body: (_)? @body)
  ])) @definition.method

(module name: [(constant) @name (scope_resolution name: (constant) @name)]) @definition.module
(class name: [(constant) @name (scope_resolution name: (constant) @name)]) @definition.class
(method name: (_) @name) @definition.method
(singleton_method name: (_) @name) @definition.method

; While a class is being written it may not be understood as a whole.
(ERROR "class" . (constant) @name @definition.class)
(ERROR "module" . (constant) @name @definition.module)
(ERROR "def" . (identifier) @name @definition.method)

(alias name: (_) @name) @definition.method
((call
  !receiver
  method: (identifier) @_method
  arguments: (argument_list . [(simple_symbol) @name (string . (string_content) @name .)])
  block: (_ body: (_) @body)?) @definition.method
  (#any-of? @_method "alias_method" "alias_attribute" "define_method" "define_singleton_method"))

; What a class is given by words of its own: accessors, Rails' associations, delegated methods.
((call
  !receiver
  method: (identifier) @_method
  arguments: (argument_list [(simple_symbol) @name (string . (string_content) @name .)])) @definition.property
  (#any-of? @_method
    "attr_reader" "attr_writer" "attr_accessor" "mattr_accessor" "mattr_reader" "mattr_writer" "cattr_accessor"
    "cattr_reader" "cattr_writer" "class_attribute" "thread_mattr_accessor" "has_many" "has_one" "belongs_to"
    "has_and_belongs_to_many" "scope"))
((call
  !receiver
  method: (identifier) @_method
  arguments: (argument_list (simple_symbol) @name)) @definition.method
  (#any-of? @_method "delegate" "def_delegators")
  (#not-match? @name "^:@"))

; Types that are made by a call.
((assignment
  left: (constant) @name
  right: (call
    receiver: (constant) @_maker
    method: (identifier) @_method
    block: (_ body: (_) @body)?)) @definition.class
  (#any-of? @_maker "Struct" "Data" "Class" "Module")
  (#any-of? @_method "new" "define"))
((assignment
  right: (call
    receiver: (constant) @_maker
    method: (identifier) @_method
    arguments: (argument_list (simple_symbol) @name @definition.field)))
  (#any-of? @_maker "Struct" "Data")
  (#any-of? @_method "new" "define"))

(assignment left: (constant) @name) @definition.constant
(assignment left: (scope_resolution name: (constant) @name)) @definition.constant
(assignment left: (left_assignment_list (constant) @name)) @definition.constant
(operator_assignment left: (constant) @name) @definition.constant

(program (assignment left: (global_variable) @name) @definition.variable)
(class body: (body_statement (assignment left: (class_variable) @name) @definition.field))
(module body: (body_statement (assignment left: (class_variable) @name) @definition.field))

; What initialize sets on the instance.
((method
  name: (identifier) @_name
  body: (body_statement (assignment left: (instance_variable) @name) @definition.field))
  (#eq? @_name "initialize"))
