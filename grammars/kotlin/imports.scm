; What a Kotlin file imports, and the package that it says it is in.

(package_header (qualified_identifier) @module) @import.package

(import (qualified_identifier) @module .) @import
(import (qualified_identifier) @module (identifier) @module.alias) @import
(import (qualified_identifier) @module "*" @wildcard) @import
