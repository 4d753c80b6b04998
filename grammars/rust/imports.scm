; What a Rust file imports. The trees of `use` are taken apart elsewhere.

(use_declaration) @import.tree
(extern_crate_declaration) @import.tree
(mod_item !body) @import.tree
