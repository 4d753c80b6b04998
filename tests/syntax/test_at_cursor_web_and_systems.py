"""What stands around a cursor in TypeScript, JavaScript, Rust, Go, and in less usual Python."""

from inline_snapshot import snapshot

from at_cursor import check

TYPESCRIPT = """\
export class Cart {
  total(items: Item[]): number {
    // add them up
    const sum = items.reduce((a, b) => {
      return a + b.price;
    }, 0);
    return `${sum} ü`;
  }
}
"""


def at(language: str, code: str, line: str, mark: str) -> str:
    """``code`` with the line that holds ``line`` replaced by ``mark``."""
    assert any(line in one for one in code.splitlines())
    return check(language, "\n".join(mark if line in one else one for one in code.splitlines()) + "\n")


def test_typescript_statement() -> None:
    assert at("typescript", TYPESCRIPT, "return a", "      return a + <CURSOR>b;") == snapshot(
        "code | return a + b; | 4-6 | Cart.total"
    )


def test_typescript_exported_class_is_one_statement() -> None:
    assert at("typescript", TYPESCRIPT, "export", "export cl<CURSOR>ass Cart {") == snapshot(
        "code | export class Cart ...rn `${sum} ü`; } } | - | Cart"
    )


def test_typescript_comment() -> None:
    assert at("typescript", TYPESCRIPT, "// add", "    // add <CURSOR>them") == snapshot(
        "comment | - | 2-8 | Cart.total"
    )


def test_typescript_template_string() -> None:
    assert at("typescript", TYPESCRIPT, "return `", "    return `${sum} <CURSOR>ü`;") == snapshot(
        "string | return `${sum} ü`; | 2-8 | Cart.total"
    )


def test_typescript_behind_a_block() -> None:
    assert at("typescript", TYPESCRIPT, "}, 0)", "    }<CURSOR>, 0);") == snapshot(
        "code | const sum = items.... + b.price; }, 0); | 2-8 | Cart.total"
    )


TSX = """\
export function List({ items }: Props) {
  const pick = () => 1;
  return (
    <ul>
      {items.map((item) => <Row key={item.id} />)}
    </ul>
  );
}
"""


def test_tsx_in_an_element() -> None:
    assert at("typescriptreact", TSX, "<ul>", "    <ul <CURSOR>className={x}>") == snapshot(
        "code | return ( <ul class....id} />)} </ul> ); | 1-8 | List"
    )


def test_tsx_in_an_arrow_without_a_block() -> None:
    assert at("typescriptreact", TSX, "const pick", "  const pick = () => <CURSOR>1;") == snapshot(
        "code | const pick = () => 1; | 1-8 | List.pick"
    )


JAVASCRIPT = """\
class Cart {
  #count = 0;

  add(item) {
    switch (item.kind) {
      case 1:
        let x = item;
        break;
    }
  }
}
module.exports = { Cart };
"""


def test_javascript_field() -> None:
    assert at("javascript", JAVASCRIPT, "#count", "  #count = <CURSOR>0;") == snapshot(
        "code | #count = 0 | 1-11 | Cart.#count"
    )


def test_javascript_declaration_in_a_case() -> None:
    assert at("javascript", JAVASCRIPT, "let x", "        let x = <CURSOR>item;") == snapshot(
        "code | let x = item; | 5-9 | Cart.add"
    )


def test_javascript_new_line_in_a_method() -> None:
    assert at("javascript", JAVASCRIPT, "switch", "    <CURSOR>\n    switch (item.kind) {") == snapshot(
        "code | - | 4-11 | Cart.add"
    )


def test_javascript_between_top_level_statements() -> None:
    assert at("javascript", JAVASCRIPT, "module", "<CURSOR>\nmodule.exports = 1;") == snapshot("code | - | - | -")


RUST = """\
/// Things.
impl Cart {
    pub fn total(&self) -> u32 {
        let sum = self.items.iter().map(|item| item.price).sum();
        match sum {
            0 => None,
            _ => Some("größe"),
        };
        self.round(sum)
    }
}
"""


def test_rust_statement() -> None:
    assert at("rust", RUST, "let sum", "        let sum = self.<CURSOR>items;") == snapshot(
        "code | let sum = self.items; | 3-10 | Cart.total"
    )


def test_rust_last_expression_is_a_statement() -> None:
    assert at("rust", RUST, "self.round", "        self.ro<CURSOR>und(sum)") == snapshot(
        "code | self.round(sum) | 3-10 | Cart.total"
    )


def test_rust_arm() -> None:
    assert at("rust", RUST, "0 =>", "            0 => No<CURSOR>ne,") == snapshot(
        "code | 0 => None, | 5-8 | Cart.total"
    )


def test_rust_string() -> None:
    assert at("rust", RUST, "_ =>", '            _ => Some("grö<CURSOR>ße"),') == snapshot(
        'string | _ => Some("größe"), | 5-8 | Cart.total'
    )


def test_rust_doc_comment() -> None:
    assert at("rust", RUST, "///", "/// Th<CURSOR>ings.") == snapshot("comment | - | - | -")


GO = """\
package cart

// Total adds.
func (c *Cart) Total() int {
	sum := 0
	for _, item := range c.items {
		switch item.Kind {
		case Red:
			sum += item.Price
		}
	}
	return sum
}

type Item struct {
	Name string `json:"ü"`
}
"""


def test_go_statement() -> None:
    assert at("go", GO, "sum +=", "\t\t\tsum += it<CURSOR>em.Price") == snapshot(
        "code | sum += item.Price | 8-9 | Total"
    )


def test_go_new_line_in_a_loop() -> None:
    assert at("go", GO, "switch", "\t\t<CURSOR>\n\t\tswitch item.Kind {") == snapshot("code | - | 6-12 | Total")


def test_go_field_and_its_tag() -> None:
    assert at("go", GO, "Name", "\tName st<CURSOR>ring") == snapshot("code | Name string | 15-17 | Item.Name")
    assert at("go", GO, "Name", '\tName string `json:"<CURSOR>ü"`') == snapshot(
        'string | Name string `json:"ü"` | 15-17 | Item.Name'
    )


def test_go_comment() -> None:
    assert at("go", GO, "// Total", "// Total ad<CURSOR>ds.") == snapshot("comment | - | - | -")


PYTHON = """\
@decorated
class Cart:
    size: int = 1

    @property
    def total(self):
        match self.size:
            case 1:
                return [item.price for item in self.items]
        with open("x") as file: pass
        return None
"""


def test_python_decorators_belong_to_the_statement() -> None:
    assert at("python", PYTHON, "@decorated", "@deco<CURSOR>rated") == snapshot(
        "code | @decorated class C...: pass return None | - | Cart"
    )
    assert at("python", PYTHON, "def total", "    def to<CURSOR>tal(self):") == snapshot(
        "code | @property def tota...: pass return None | 3-11 | Cart.total"
    )


def test_python_case() -> None:
    assert at("python", PYTHON, "return [", "                return [item.<CURSOR>price]") == snapshot(
        "code | return [item.price] | 9-9 | Cart.total"
    )


def test_python_one_line_block() -> None:
    assert at("python", PYTHON, "with open", '        with open("x") as file: pa<CURSOR>ss') == snapshot(
        "code | pass | 10-10 | Cart.total"
    )


def test_python_field() -> None:
    assert at("python", PYTHON, "size: int", "    size: int = <CURSOR>1") == snapshot(
        "code | size: int = 1 | 3-11 | Cart.size"
    )
