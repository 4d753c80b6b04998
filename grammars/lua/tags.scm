; What a Lua file defines. The pattern that comes first wins where two mark the same name.

(function_declaration name: (identifier) @name) @definition.function
(function_declaration name: (dot_index_expression field: (identifier) @name)) @definition.function
(function_declaration name: (method_index_expression method: (identifier) @name)) @definition.method

; A function that is given to a name.
(chunk
  (variable_declaration
    (assignment_statement
      (variable_list . name: (identifier) @name)
      (expression_list . value: (function_definition body: (_)? @body)))) @definition.function)
(assignment_statement
  (variable_list . name: (dot_index_expression field: (identifier) @name))
  (expression_list . value: (function_definition body: (_)? @body))) @definition.function
(chunk
  (assignment_statement
    (variable_list . name: (identifier) @name)
    (expression_list . value: (function_definition body: (_)? @body))) @definition.function)
(field
  name: [(identifier) @name (string content: (string_content) @name)]
  value: (function_definition body: (_)? @body)) @definition.function

; A file's own names; in capitals they are constants. What `require` gives is an import.
(chunk
  (variable_declaration
    (assignment_statement (variable_list name: (identifier) @name) (expression_list) @_value)) @definition.constant
  (#match? @name "^_*[A-Z][A-Z0-9_]+$")
  (#not-match? @_value "^require\\b"))
(chunk
  (assignment_statement (variable_list name: (identifier) @name)) @definition.constant
  (#match? @name "^_*[A-Z][A-Z0-9_]+$"))
(chunk
  (variable_declaration
    (assignment_statement (variable_list name: (identifier) @name) (expression_list) @_value)) @definition.variable
  (#not-match? @_value "^require\\b"))
(chunk (variable_declaration (variable_list name: (identifier) @name)) @definition.variable)
(chunk (assignment_statement (variable_list name: (identifier) @name)) @definition.variable)

; What the tables of a file hold.
(chunk
  (assignment_statement
    (variable_list name: (dot_index_expression field: (identifier) @name))) @definition.field)
(chunk
  (variable_declaration
    (assignment_statement
      (expression_list value: (table_constructor (field name: (identifier) @name) @definition.field)))))
(chunk
  (assignment_statement
    (expression_list value: (table_constructor (field name: (identifier) @name) @definition.field))))
(chunk
  (return_statement (expression_list (table_constructor (field name: (identifier) @name) @definition.field))))

; While a function is being written the file may not be understood as a whole.
(ERROR
  "function"
  . [
    (identifier) @name
    (dot_index_expression field: (identifier) @name)
    (method_index_expression method: (identifier) @name)
  ] @definition.function)
(ERROR
  (variable_declaration
    (assignment_statement (variable_list name: (identifier) @name) (expression_list) @_value)) @definition.variable
  (#not-match? @_value "^require\\b"))
(ERROR
  (assignment_statement
    (variable_list name: (dot_index_expression field: (identifier) @name))) @definition.field)
