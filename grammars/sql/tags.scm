; What an SQL script creates. The pattern that comes first wins where two mark the same name.

(create_table (object_reference name: (identifier) @name) (column_definitions)? @body) @definition.table
(create_view (object_reference name: (identifier) @name) (create_query)? @body) @definition.view
(create_materialized_view (object_reference name: (identifier) @name) (create_query)? @body) @definition.view
(create_function . (keyword_create) (object_reference name: (identifier) @name) (function_body)? @body) @definition.function
(create_procedure (object_reference name: (identifier) @name) (procedure_body)? @body) @definition.procedure
(create_trigger (keyword_trigger) . (object_reference name: (identifier) @name)) @definition.trigger
(create_index column: (identifier) @name) @definition.index
(create_type (object_reference name: (identifier) @name)) @definition.type
(create_type (enum_elements enum_element: (literal) @name @definition.enum_member))
(create_sequence (object_reference name: (identifier) @name)) @definition.sequence
(create_schema (identifier) @name) @definition.schema
(create_database (identifier) @name) @definition.database
(create_role (identifier) @name) @definition.role

(column_definition name: [(identifier) (literal)] @name) @definition.column
