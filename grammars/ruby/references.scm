; Which names a Ruby file uses, and how. The capture stands on the name itself.

(call method: [(identifier) (constant)] @reference.call)

; items.map(&:name)
(block_argument (simple_symbol) @reference.call)

; A word alone is a call or a local variable; as a statement it is a call.
(program (identifier) @reference.call)
(body_statement (identifier) @reference.call)
(block_body (identifier) @reference.call)
(then (identifier) @reference.call)
(do (identifier) @reference.call)
(else (identifier) @reference.call)
(ensure (identifier) @reference.call)

(superclass (constant) @reference.base)
(superclass (scope_resolution name: (constant) @reference.base))
((call
  !receiver
  method: (identifier) @_method
  arguments: (argument_list [(constant) @reference.base (scope_resolution name: (constant) @reference.base)]))
  (#any-of? @_method "include" "extend" "prepend"))

; A constant is a class or a module, or in capitals a value.
((constant) @reference.type (#match? @reference.type "[^A-Z0-9_]"))
(constant) @reference.other
(class name: (constant) @own)
(ERROR ["class" "module"] . (constant) @own)
(class name: (scope_resolution name: (constant) @own))
(module name: (constant) @own)
(module name: (scope_resolution name: (constant) @own))
(assignment left: (constant) @own)
(assignment left: (scope_resolution name: (constant) @own))
(assignment left: (left_assignment_list (constant) @own))

[(instance_variable) (class_variable)] @reference.member
(global_variable) @reference.other
(alias alias: [(identifier) (constant)] @reference.other)
