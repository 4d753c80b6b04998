; What a shell script defines. The pattern that comes first wins where two mark the same name.

(function_definition name: (word) @name) @definition.function

((command
  name: (command_name (word) @_alias)
  argument: (concatenation . (word) @name)) @definition.alias
  (#eq? @_alias "alias")
  (#match? @name "^[^=]+=$"))

((program (declaration_command . "readonly" (variable_assignment name: (variable_name) @name)) @definition.constant))
((program (variable_assignment name: (variable_name) @name) @definition.constant)
  (#match? @name "^_*[A-Z][A-Z0-9_]*$"))
((program (declaration_command (variable_assignment name: (variable_name) @name)) @definition.constant)
  (#match? @name "^_*[A-Z][A-Z0-9_]*$"))

(program (variable_assignment name: (variable_name) @name) @definition.variable)
(program (variable_assignments (variable_assignment name: (variable_name) @name)) @definition.variable)
(program (declaration_command (variable_assignment name: (variable_name) @name)) @definition.variable)
(program (list (variable_assignment name: (variable_name) @name) @definition.variable))
(program (if_statement (variable_assignment name: (variable_name) @name) @definition.variable))
(program (if_statement (else_clause (variable_assignment name: (variable_name) @name) @definition.variable)))
; : "${NAME:=value}"
(program (command argument: (string (expansion (variable_name) @name operator: ":="))) @definition.variable)

; While a function is being written the file may not be understood as a whole.
(ERROR (word) @name @definition.function . "(" . ")")
((ERROR (variable_assignment name: (variable_name) @name) @definition.constant)
  (#match? @name "^_*[A-Z][A-Z0-9_]*$"))
(ERROR (variable_assignment name: (variable_name) @name) @definition.variable)
(ERROR (declaration_command . "readonly" (variable_assignment name: (variable_name) @name)) @definition.constant)
