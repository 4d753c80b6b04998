; What a Python file defines. The pattern that comes first wins where two mark the same name.

; @property, @cached_property, @functools.cached_property, @x.setter
(decorated_definition
  (decorator [(identifier) @_decorator (attribute attribute: (identifier) @_decorator)])
  definition: (function_definition
    name: (identifier) @name
    body: (block . (expression_statement (string) @doc)?) @body)
  (#match? @_decorator "^(.*property|setter|getter|deleter)$")) @definition.property

(decorated_definition
  definition: (class_definition
    name: (identifier) @name
    body: (block . (expression_statement (string) @doc)?) @body)) @definition.class

(decorated_definition
  definition: (function_definition
    name: (identifier) @name
    body: (block . (expression_statement (string) @doc)?) @body)) @definition.function

(class_definition
  name: (identifier) @name
  body: (block . (expression_statement (string) @doc)?)) @definition.class

(function_definition
  name: (identifier) @name
  body: (block . (expression_statement (string) @doc)?)) @definition.function

; type Name = ..., type Name[T] = ...
(type_alias_statement left: (type [(identifier) @name (generic_type . (identifier) @name)])) @definition.type

; T = TypeVar("T"), Id = NewType("Id", int), Name: TypeAlias = ...
(module
  (expression_statement
    (assignment left: (identifier) @name
      right: (call function: [(identifier) @_maker (attribute attribute: (identifier) @_maker)])) @definition.type)
  (#any-of? @_maker "TypeVar" "ParamSpec" "TypeVarTuple" "NewType"))

(module
  (expression_statement
    (assignment left: (identifier) @name
      type: (type [(identifier) @_alias (attribute attribute: (identifier) @_alias)])) @definition.type)
  (#eq? @_alias "TypeAlias"))

; Point = namedtuple("Point", "x y")
(module
  (expression_statement
    (assignment left: (identifier) @name
      right: (call function: [(identifier) @_maker (attribute attribute: (identifier) @_maker)])) @definition.class)
  (#any-of? @_maker "namedtuple" "NamedTuple" "TypedDict"))

; total = lambda items: ...
(module
  (expression_statement
    (assignment left: (identifier) @name right: (lambda body: (_) @body)) @definition.function))
(class_definition
  body: (block
    (expression_statement
      (assignment left: (identifier) @name right: (lambda body: (_) @body)) @definition.function)))

; A module's own names; in capitals they are constants.
(module
  (expression_statement
    (assignment left: (identifier) @name) @definition.constant)
  (#match? @name "^_*[A-Z][A-Z0-9_]*$"))

(module
  (expression_statement
    (assignment left: [
      (identifier) @name
      (pattern_list (identifier) @name)
      (tuple_pattern (identifier) @name)
      (list_pattern (identifier) @name)]) @definition.variable))

; Where a mistake spoils a whole file, its statements stand in an ERROR.
(ERROR (expression_statement (assignment left: (identifier) @name) @definition.variable))

; a = b = 1
(module
  (expression_statement
    (assignment right: (assignment left: (identifier) @name)) @definition.variable))

; Names that are set under a condition at the top: `if TYPE_CHECKING:`, `try: ... except ImportError:`.
(module (if_statement (block (expression_statement
  (assignment left: (identifier) @name) @definition.variable))))
(module (if_statement (else_clause (block (expression_statement
  (assignment left: (identifier) @name) @definition.variable)))))
(module (if_statement (elif_clause (block (expression_statement
  (assignment left: (identifier) @name) @definition.variable)))))
(module (try_statement (block (expression_statement
  (assignment left: (identifier) @name) @definition.variable))))
(module (try_statement (except_clause (block (expression_statement
  (assignment left: (identifier) @name) @definition.variable)))))
(module (try_statement (else_clause (block (expression_statement
  (assignment left: (identifier) @name) @definition.variable)))))
(module (with_statement (block (expression_statement
  (assignment left: (identifier) @name) @definition.variable))))

; The members of an enumeration.
(class_definition
  superclasses: (argument_list [(identifier) @_base (attribute attribute: (identifier) @_base)])
  body: (block
    (expression_statement
      (assignment left: (identifier) @name right: (_) !type) @definition.enum_member))
  (#match? @_base "(Enum|Flag|Choices)$"))

; A class' own names.
(class_definition
  body: (block
    (expression_statement
      (assignment left: [
        (identifier) @name
        (pattern_list (identifier) @name)
        (tuple_pattern (identifier) @name)]) @definition.field)))
(class_definition
  body: (block
    (expression_statement
      (assignment right: (assignment left: (identifier) @name)) @definition.field)))
(class_definition
  body: (block
    (if_statement (block (expression_statement (assignment left: (identifier) @name) @definition.field)))))

; What methods set on the instance; only the first place in a class counts.
(assignment
  left: [
    (attribute object: (identifier) @_self attribute: (identifier) @name)
    (pattern_list (attribute object: (identifier) @_self attribute: (identifier) @name))]
  (#any-of? @_self "self" "cls")) @definition.field

; What is not closed yet: only its name is sure.
(ERROR "class" . (identifier) @name @definition.class)
(ERROR "def" . (identifier) @name @definition.function)
