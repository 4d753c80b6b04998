; Which anchors a YAML file uses.

(alias (alias_name) @reference.other)
