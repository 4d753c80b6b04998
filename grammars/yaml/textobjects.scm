; Pairs, items, blocks, comments and strings of YAML.

[(block_mapping_pair) (block_sequence_item) (flow_pair)] @statement.outer
[(block_mapping) (block_sequence) (flow_mapping) (flow_sequence) (block_scalar)] @block.outer
(comment) @comment.outer
[(double_quote_scalar) (single_quote_scalar) (block_scalar)] @string.outer
