; What a shell script sources.

((command
  name: (command_name (word) @_source)
  argument: [(word) @module (raw_string) @module (string . (string_content) @module .)]) @import
  (#any-of? @_source "source" "."))

; "$(dirname "$0")/lib.sh" and "$HERE/lib.sh": beside this script, as far as can be told.
((command
  name: (command_name (word) @_source)
  argument: [
    (string . [(command_substitution) (simple_expansion) (expansion)] . (string_content) @module.relative .)
    (concatenation . [(command_substitution) (simple_expansion) (expansion)] . (word) @module.relative .)
    (concatenation . (string) . (word) @module.relative .)
  ]) @import
  (#any-of? @_source "source" ".")
  (#match? @module.relative "^/"))
