; Statements, blocks, comments and strings of a shell script.

; A command within another is no statement of its own.
(program
  [
    (command) (declaration_command) (unset_command) (variable_assignment) (variable_assignments)
    (redirected_statement) (pipeline) (list) (negated_command) (test_command) (if_statement) (for_statement)
    (c_style_for_statement) (while_statement) (case_statement) (compound_statement) (subshell)
    (function_definition)
  ] @statement.outer)
(compound_statement
  [
    (command) (declaration_command) (unset_command) (variable_assignment) (variable_assignments)
    (redirected_statement) (pipeline) (list) (negated_command) (test_command) (if_statement) (for_statement)
    (c_style_for_statement) (while_statement) (case_statement) (compound_statement) (subshell)
    (function_definition)
  ] @statement.outer)
(subshell
  [
    (command) (declaration_command) (unset_command) (variable_assignment) (variable_assignments)
    (redirected_statement) (pipeline) (list) (negated_command) (test_command) (if_statement) (for_statement)
    (c_style_for_statement) (while_statement) (case_statement) (compound_statement) (subshell)
    (function_definition)
  ] @statement.outer)
(do_group
  [
    (command) (declaration_command) (unset_command) (variable_assignment) (variable_assignments)
    (redirected_statement) (pipeline) (list) (negated_command) (test_command) (if_statement) (for_statement)
    (c_style_for_statement) (while_statement) (case_statement) (compound_statement) (subshell)
    (function_definition)
  ] @statement.outer)
(if_statement
  [
    (command) (declaration_command) (unset_command) (variable_assignment) (variable_assignments)
    (redirected_statement) (pipeline) (list) (negated_command) (test_command) (if_statement) (for_statement)
    (c_style_for_statement) (while_statement) (case_statement) (compound_statement) (subshell)
    (function_definition)
  ] @statement.outer)
(elif_clause
  [
    (command) (declaration_command) (unset_command) (variable_assignment) (variable_assignments)
    (redirected_statement) (pipeline) (list) (negated_command) (test_command) (if_statement) (for_statement)
    (c_style_for_statement) (while_statement) (case_statement) (compound_statement) (subshell)
    (function_definition)
  ] @statement.outer)
(else_clause
  [
    (command) (declaration_command) (unset_command) (variable_assignment) (variable_assignments)
    (redirected_statement) (pipeline) (list) (negated_command) (test_command) (if_statement) (for_statement)
    (c_style_for_statement) (while_statement) (case_statement) (compound_statement) (subshell)
    (function_definition)
  ] @statement.outer)
(case_item
  [
    (command) (declaration_command) (unset_command) (variable_assignment) (variable_assignments)
    (redirected_statement) (pipeline) (list) (negated_command) (test_command) (if_statement) (for_statement)
    (c_style_for_statement) (while_statement) (case_statement) (compound_statement) (subshell)
    (function_definition)
  ] @statement.outer)
(case_item) @statement.outer

[(compound_statement) (subshell)] @block.outer
(do_group "do" @block.open "done" @block.close)
(if_statement "then" @block.open [(elif_clause) (else_clause) "fi"] @block.close)
(if_statement (elif_clause "then" @block.open) [(elif_clause) (else_clause) "fi"] @block.close)
(if_statement (else_clause "else" @block.open) "fi" @block.close)
(case_statement "in" @block.open "esac" @block.close)
(case_item ")" @block.open [";;" ";&" ";;&"] @block.close)
(case_statement (case_item ")" @block.open) . "esac" @block.close)

(comment) @comment.outer

[(string) (raw_string) (ansi_c_string) (translated_string) (heredoc_body)] @string.outer
