"""What stands around a cursor in the scripting and data languages."""

import pytest

from at_cursor import check

RUBY = """\
class Cart
  # Adds it.
  def add(item)
    items.each do |one|
      puts "has #{one}"
    end
    if item.nil?
      warn "none"
    else
      @items << item
    end
  end
end
"""
PHP = """\
<?php
class Cart {
    // Adds it.
    public function add(Item $item): void {
        if ($item === null) {
            throw new Error('none');
        }
        $this->items[] = $item;
    }
}
"""
SHELL = """\
add() {
    # one by one
    for item in "$@"; do
        echo "has $item"
        case "$item" in
            a*) count=1 ;;
        esac
    done
    if [ -n "$1" ]; then
        exit 1
    fi
}
"""
LUA = """\
function Cart:add(item)
  -- one by one
  for i, one in ipairs(self.items) do
    print("has " .. one)
  end
  if item == nil then
    error("none")
  else
    self.count = self.count + 1
  end
end
"""
ZIG = """\
const Cart = struct {
    // How many.
    count: u32,
    pub fn add(self: *Cart, item: u8) void {
        if (item == 0) {
            std.debug.print("none", .{});
        }
        self.count += 1;
    }
};
"""
JSON = '{\n  "name": "shop",\n  "scripts": {\n    "build": "tsc",\n    "test": 1\n  }\n}\n'
YAML = "name: shop\nservices:\n  # the web\n  web:\n    image: nginx\n    ports:\n      - 80\n  db:\n    image: 'pg'\n"
TOML = '[project]\nname = "shop"\ndeps = [\n  "attrs",\n]\n# more\n[tool]\non = true\n'
CSS = ".cart {\n  /* red */\n  color: red;\n  &:hover {\n    content: 'x';\n  }\n}\n"
HTML = '<ul id="menu">\n  <!-- one -->\n  <li class="item">One</li>\n</ul>\n'
MARKDOWN = "# Shop\n\nA shop.\n\n## Install\n\n- one\n- two\n"
SQL = "-- all\nCREATE TABLE item (\n  id INT DEFAULT 'x'\n);\nSELECT id FROM item;\n"

CASES = [
    ("ruby", RUBY, "# Adds", "comment | - | 1-12 | Cart"),
    ("ruby", RUBY, '"has ', 'string | puts "has #{one}" | 4-6 | Cart.add'),
    ("ruby", RUBY, "puts", 'code | puts "has #{one}" | 4-6 | Cart.add'),
    ("ruby", RUBY, "@items <<", "code | @items << item | 9-10 | Cart.add"),
    ("ruby", RUBY, "if item", "code | if item.nil? warn ...@items << item end | 3-12 | Cart.add"),
    ("php", PHP, "// Adds", "comment | - | 2-10 | Cart"),
    ("php", PHP, "throw new", "code | throw new Error('none'); | 5-7 | Cart.add"),
    ("php", PHP, "'none", "string | throw new Error('none'); | 5-7 | Cart.add"),
    ("php", PHP, "$this->items", "code | $this->items[] = $item; | 4-9 | Cart.add"),
    ("shellscript", SHELL, "# one", "comment | - | 1-12 | add"),
    ("shellscript", SHELL, "echo", 'code | echo "has $item" | 3-8 | add'),
    ("shellscript", SHELL, '"has ', 'string | echo "has $item" | 3-8 | add'),
    ("shellscript", SHELL, "count=", "code | count=1 | 6-6 | add"),
    ("shellscript", SHELL, "exit", "code | exit 1 | 9-11 | add"),
    ("lua", LUA, "-- one", "comment | - | 1-10 | add"),
    ("lua", LUA, "print", 'code | print("has " .. one) | 3-5 | add'),
    ("lua", LUA, '"has', 'string | print("has " .. one) | 3-5 | add'),
    ("lua", LUA, "self.count =", "code | self.count = self.count + 1 | 8-10 | add"),
    ("zig", ZIG, "// How", "comment | - | 1-10 | Cart"),
    ("zig", ZIG, "std.debug", 'code | std.debug.print("none", .{}); | 5-7 | Cart.add'),
    ("zig", ZIG, '"none', 'string | std.debug.print("none", .{}); | 5-7 | Cart.add'),
    ("zig", ZIG, "self.count", "code | self.count += 1; | 4-9 | Cart.add"),
    ("zig", ZIG, "count: u", "code | count: u32 | 1-10 | Cart.count"),
    ("json", JSON, '"bui', 'string | "build": "tsc" | 3-6 | scripts.build'),
    ("json", JSON, '"test": ', 'code | "test": 1 | 3-6 | scripts.test'),
    ("yaml", YAML, "# the", "comment | - | 4-9 | services"),
    ("yaml", YAML, "image: ng", "code | image: nginx | 5-7 | services.web"),
    ("yaml", YAML, "- 8", "code | - 80 | 7-7 | services.web"),
    ("yaml", YAML, "'p", "string | image: 'pg' | 9-9 | services.db"),
    ("toml", TOML, "name", 'code | name = "shop" | 1-6 | project.name'),
    ("toml", TOML, '"attrs', "string | - | 3-5 | project.deps"),
    ("toml", TOML, "# more", "comment | - | 1-6 | project"),
    ("css", CSS, "/* red", "comment | - | 1-7 | cart"),
    ("css", CSS, "color", "code | color: red; | 1-7 | cart"),
    ("css", CSS, "'x", "string | content: 'x'; | 4-6 | cart"),
    ("html", HTML, "<!-- one", 'comment | <ul id="menu"> <!-...em">One</li> </ul> | 1-4 | menu'),
    ("html", HTML, '"item', 'string | <li class="item">One</li> | 3-3 | menu'),
    ("html", HTML, "On", 'code | <li class="item">One</li> | 3-3 | menu'),
    ("markdown", MARKDOWN, "A shop", "code | A shop. | 1-8 | Shop"),
    ("markdown", MARKDOWN, "- one", "code | one | 7-8 | Shop.Install"),
    ("sql", SQL, "-- all", "comment | - | - | -"),
    ("sql", SQL, "id INT", "code | id INT DEFAULT 'x' | 2-4 | item.id"),
    ("sql", SQL, "'x", "string | id INT DEFAULT 'x' | 2-4 | item.id"),
    ("sql", SQL, "SELECT id", "code | SELECT id FROM item | - | -"),
]


@pytest.mark.parametrize(("language", "source", "before", "expected"), CASES, ids=lambda value: None)
def test_at_cursor(language: str, source: str, before: str, expected: str) -> None:
    """The cursor stands right behind ``before``."""
    place = source.index(before) + len(before)
    assert check(language, f"{source[:place]}<CURSOR>{source[place:]}") == expected
