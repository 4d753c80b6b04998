"""What a declarator of C or C++ declares: ``*(*name(int))[3]`` winds around its name, which no query can follow."""

from tree_sitter import Node

_NAMES = frozenset({"identifier", "field_identifier", "type_identifier", "operator_name", "destructor_name"})
# What stands around a declarator without saying anything of it.
_WRAPPERS = frozenset({"parenthesized_declarator", "attributed_declarator", "init_declarator", "qualified_identifier"})
# In what the grammars do not understand they take these for names.
_KEYWORDS = frozenset(
    b"if for while switch do else return case default goto int char void long unsigned signed float double const struct "
    b"enum union static extern inline typename template class namespace public private friend explicit operator true "
    b"false __attribute__ __declspec".split()
)
_DECLARATIONS = frozenset({"function_definition", "declaration", "field_declaration"})
_MEMBERS = "field_declaration_list"
_DEEPEST = 40


def declared(declarator: Node, whole: Node, kind: str) -> tuple[Node, Node, str] | None:
    """The first and last node of the name that a declarator of ``whole`` declares, and the definition's kind.

    kind: what it is unless it turns out to be something else: a variable that is a prototype, a function that is a
    constructor. None where there is no name.
    """
    node: Node | None = declarator
    function = qualified = False
    for _ in range(_DEEPEST):
        if node is None or node.type in _NAMES or node.type == "operator_cast":
            break
        if node.type not in _WRAPPERS:
            function = node.type == "function_declarator"
        qualified = qualified or node.type == "qualified_identifier"
        node = _inner(node)
    if node is None or node.start_byte == node.end_byte:
        return None
    if node.type == "operator_cast":  # `operator bool()`: no node has its name
        return node.children[0], node.child_by_field_name("type") or node.children[0], "method"
    if node.type not in _NAMES or node.text in _KEYWORDS:
        return None
    if function and not qualified and node.type == "identifier" and _is_macro(node, whole):
        named = _macro_names(declarator)
        return (named, named, "function") if named is not None else None
    return node, node, _kind(node, whole, kind, function, qualified)


def _inner(node: Node) -> Node | None:
    inner = node.child_by_field_name("declarator") or node.child_by_field_name("name")
    if inner is None:  # parentheses, references and attributes have no fields
        inner = next(
            (child for child in node.named_children if child.type in _NAMES or child.type.endswith("_declarator")), None
        )
        inner = inner or next((child for child in node.named_children if child.type == "qualified_identifier"), None)
    return inner


def _is_macro(name: Node, whole: Node) -> bool:
    """`TEST(Suite, Name) {` has a function's form: something that is named in capitals and has no type."""
    return _without_type(whole) and (name.text or b"").isupper() and not _is_member(whole)


def _macro_names(declarator: Node) -> Node | None:
    """The argument that names what the macro defines: a test's last one, else the first."""
    parameters = declarator.child_by_field_name("parameters")
    words = [child.child_by_field_name("type") for child in parameters.named_children] if parameters is not None else []
    word = words[1] if len(words) == 2 else words[0] if words else None
    return word if word is not None and word.type == "type_identifier" else None


def _kind(name: Node, whole: Node, kind: str, function: bool, qualified: bool) -> str:
    if kind == "type":
        return kind
    if not function:
        return "variable" if kind == "function" else kind
    member = _is_member(whole)
    if name.type == "identifier" and (member or qualified) and _without_type(whole):
        return "constructor"
    return "method" if member or qualified or kind == "field" else "function"


def _is_member(whole: Node) -> bool:
    around = whole.parent
    while around is not None and around.type.startswith("preproc_"):
        around = around.parent
    return around is not None and around.type == _MEMBERS


def _without_type(whole: Node) -> bool:
    inner = whole
    if whole.type == "template_declaration":
        inner = next((child for child in whole.named_children if child.type in _DECLARATIONS), whole)
    return inner.child_by_field_name("type") is None
