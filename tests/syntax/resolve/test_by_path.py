"""References that are a path: shell, Zig, styles, HTML, Markdown, Lua, Ruby."""

import pytest

from workspace_files import WorkspaceFiles, leads

TREE = """
bin/run.sh bin/common.sh lib/log.sh lib/deep/trace.sh
zig/main.zig zig/parse.zig zig/dep/src/root.zig
web/index.html web/css/site.css web/css/_mixins.scss web/css/theme/_index.scss web/css/main.scss web/js/app.js
web/my%20page.html web/a+b.html public/logo.png
docs/README.md docs/guide.md docs/sub/page.md docs/a%20b.md docs/c d.md
lua/acme/init.lua lua/acme/util.lua game/main.lua game/state.lua pkg/x/deep/mod.lua
ruby/lib/acme.rb ruby/lib/acme/engine.rb ruby/bin/acme.rb ruby/spec/spec_helper.rb ruby/spec/engine_spec.rb other/json.rb
"""
FILES = "".join(f"-- {path} --\n" for line in TREE.splitlines() for path in line.replace("c d", "c_d").split())


@pytest.mark.parametrize(
    ("path", "written", "found"),
    [
        ("bin/run.sh", "./common.sh", "bin/common.sh"),
        ("bin/run.sh", "common.sh", "bin/common.sh"),
        ("bin/run.sh", "../lib/log.sh", "lib/log.sh"),
        ("bin/run.sh", '"$DIR/common.sh"', "bin/common.sh"),
        ("bin/run.sh", '"${BASH_SOURCE%/*}/../lib/log.sh"', "lib/log.sh"),
        ("bin/run.sh", '"$(dirname "$0")/common.sh"', "bin/common.sh"),
        ("bin/run.sh", '$(cd "$(dirname "$0")" && pwd)/common.sh', "bin/common.sh"),
        ("bin/run.sh", "$ROOT/lib/log.sh", "lib/log.sh"),
        ("bin/run.sh", "lib/log.sh", "lib/log.sh"),  # from the workspace folder
        ("bin/run.sh", "deep/trace.sh", "lib/deep/trace.sh"),
        ("bin/run.sh", "$FILE", ""),
        ("bin/run.sh", "/etc/profile", ""),
        ("zig/main.zig", "parse.zig", "zig/parse.zig"),
        ("zig/main.zig", "dep", "zig/dep/src/root.zig"),
        ("zig/main.zig", "std", ""),
        ("web/css/main.scss", "mixins", "web/css/_mixins.scss"),
        ("web/css/main.scss", "theme", "web/css/theme/_index.scss"),
        ("web/css/main.scss", "./site.css", "web/css/site.css"),
        ("web/css/main.scss", "https://fonts.example/css", ""),
        ("web/index.html", "css/site.css?v=3", "web/css/site.css"),
        ("web/index.html", "/js/app.js", "web/js/app.js"),
        ("web/index.html", "/logo.png#x", "public/logo.png"),
        ("web/index.html", "//cdn.example/app.js", ""),
        ("web/index.html", "my%2520page.html", "web/my%20page.html"),
        ("web/index.html", "my%20page.html", "web/my%20page.html"),
        ("docs/README.md", "guide.md#start", "docs/guide.md"),
        ("docs/README.md", "./sub/page", "docs/sub/page.md"),
        ("docs/sub/page.md", "../guide.md", "docs/guide.md"),
        ("docs/README.md", "#start", ""),
        ("docs/README.md", "mailto:me@example.com", ""),
        ("game/main.lua", "state", "game/state.lua"),
        ("game/main.lua", "acme", "lua/acme/init.lua"),
        ("game/main.lua", "acme.util", "lua/acme/util.lua"),
        ("game/main.lua", "deep.mod", "pkg/x/deep/mod.lua"),
        ("game/main.lua", "socket", ""),
        ("ruby/bin/acme.rb", "acme/engine", "ruby/lib/acme/engine.rb"),
        ("ruby/bin/acme.rb", "acme", "ruby/lib/acme.rb"),  # the library, not the program itself
        ("ruby/bin/acme.rb", "./../lib/acme/engine", "ruby/lib/acme/engine.rb"),  # require_relative
        ("ruby/spec/engine_spec.rb", "spec_helper", "ruby/spec/spec_helper.rb"),
        ("ruby/bin/acme.rb", "json", ""),
    ],
)
def test_paths(path: str, written: str, found: str) -> None:
    language = "scss" if path.endswith(".scss") else ""  # an LSP language id without a grammar here
    assert leads(WorkspaceFiles(FILES), path, written, language) == ([found] if found else [])
