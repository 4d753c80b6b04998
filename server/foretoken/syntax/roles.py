"""Whether a place within a comment or a string is code after all: what a string interpolates is."""

from tree_sitter import Node

COMMENT, STRING, CODE = "comment", "string", "code"
# What the grammars call it. PHP's has no node of its own for it.
_INTERPOLATED = frozenset(
    {
        "interpolation",
        "interpolated_expression",
        "template_substitution",
        "expansion",
        "simple_expansion",
        "arithmetic_expansion",
        "command_substitution",
        "process_substitution",
        "variable_name",
        "dynamic_variable_name",
        "member_access_expression",
        "nullsafe_member_access_expression",
        "member_call_expression",
        "subscript_expression",
    }
)


def role_within(role: str, node: Node, first: int, end: int) -> str:
    """The role of the bytes from ``first`` to ``end`` within the innermost node that is marked as a comment or string."""
    walk = node.walk()
    while role == STRING and walk.goto_first_child_for_byte(first) is not None:
        inner = walk.node
        if inner is None or inner.start_byte > first or inner.end_byte < end:
            break
        if inner.type in _INTERPOLATED:
            return CODE
    return role
