; Which names a shell script uses, and how. The capture stands on the name itself.

((command name: (command_name (word) @reference.call)) (#match? @reference.call "^\\w"))
((command name: (command_name (word) @_trap) . argument: (word) @reference.call) (#eq? @_trap "trap"))

((simple_expansion (variable_name) @reference.other) (#not-match? @reference.other "^[0-9]"))
((expansion (variable_name) @reference.other) (#not-match? @reference.other "^[0-9]"))
(expansion (subscript name: (variable_name) @reference.other))
