"""TypeScript's and JavaScript's imports: endings, aliases, workspace packages, names handed on."""

import json

import pytest

from workspace_files import WorkspaceFiles, defined_in, leads

PLAIN = """
-- src/main.ts --
-- src/util.ts --
-- src/view.tsx --
-- src/both.ts --
-- src/both.js --
-- src/plain.js --
-- src/plain.d.ts --
-- src/esm.mts --
-- src/typed.d.ts --
-- src/data.json --
-- src/icon.svg --
-- src/App.vue --
-- src/store/index.ts --
-- src/store/cart.ts --
-- src/store.ts --
-- src/ui/index.tsx --
-- src/pkg/package.json --
{"main": "./lib/entry.js"}
-- src/pkg/lib/entry.ts --
-- src/a.b.service.ts --
-- web/old.js --
-- web/lib/index.js --
"""


@pytest.mark.parametrize(
    ("path", "written", "found"),
    [
        ("src/main.ts", "./util {x}", ["src/util.ts"]),
        ("src/main.ts", "./util.js {x}", ["src/util.ts"]),  # the name that it has when compiled
        ("src/main.ts", "./view", ["src/view.tsx"]),
        ("src/main.ts", "./view.jsx", ["src/view.tsx"]),
        ("src/main.ts", "./both", ["src/both.ts"]),
        ("src/main.ts", "./both.js", ["src/both.ts"]),
        ("src/main.ts", "./plain", ["src/plain.d.ts", "src/plain.js"]),
        ("web/old.js", "../src/plain", ["src/plain.js", "src/plain.d.ts"]),
        ("web/old.js", "../src/both.js", ["src/both.js"]),
        ("web/old.js", "./lib", ["web/lib/index.js"]),
        ("src/main.ts", "./esm.mjs", ["src/esm.mts"]),
        ("src/main.ts", "./typed", ["src/typed.d.ts"]),
        ("src/main.ts", "./data.json", ["src/data.json"]),
        ("src/main.ts", "./icon.svg?raw", ["src/icon.svg"]),
        ("src/main.ts", "./App.vue {default as App}", ["src/App.vue"]),
        ("src/main.ts", "./store", ["src/store.ts"]),  # a file goes before a folder
        ("src/main.ts", "./store/", ["src/store/index.ts"]),
        ("src/main.ts", "./store/index", ["src/store/index.ts"]),
        ("src/store/cart.ts", ".", ["src/store/index.ts"]),
        ("src/store/cart.ts", "..", []),
        ("src/main.ts", ".//util", ["src/util.ts"]),
        ("src/store/cart.ts", "../ui", ["src/ui/index.tsx"]),
        ("src/main.ts", "./pkg", ["src/pkg/lib/entry.ts"]),
        ("src/main.ts", "./a.b.service", ["src/a.b.service.ts"]),
        ("src/main.ts", "./missing", []),
        ("src/main.ts", "../../util", []),
        ("src/main.ts", "../../src/util", []),
        ("src/main.ts", "react", []),
        ("src/main.ts", "node:fs", []),
        ("src/main.ts", "#", []),
    ],
)
def test_relative(path: str, written: str, found: list[str]) -> None:
    assert leads(WorkspaceFiles(PLAIN), path, written) == found


ALIASED = """
-- tsconfig.base.json --
{
  // aliases for all
  "compilerOptions": {
    "baseUrl": ".",
    "paths": {"@shared/*": ["libs/shared/src/*", "libs/old/*"], "@config*": ["libs/old/*"], "@config": ["config/index.ts"],
              "@*": ["config/*"], /* one more */
              "*.gen": ["generated/*.ts",]},
  },
}
-- apps/web/tsconfig.json --
{"extends": "../../tsconfig.base.json"}
-- apps/web/src/main.ts --
-- apps/admin/tsconfig.json --
{"extends": ["../../tsconfig.base", "./more.json"], "compilerOptions": {"baseUrl": "src"}}
-- apps/admin/more.json --
{"compilerOptions": {"paths": {"~/*": ["./src/*"], "~/special": ["./src/own.ts"]}}}
-- apps/admin/src/main.ts --
-- apps/admin/src/own.ts --
-- apps/admin/src/page/index.tsx --
-- apps/vite/tsconfig.json --
{"files": [], "references": [{"path": "./tsconfig.app.json"}, {"path": "./tsconfig.node.json"}]}
-- apps/vite/tsconfig.app.json --
{"compilerOptions": {"paths": {"$lib/*": ["./lib/*"]}}}
-- apps/vite/src/main.ts --
-- apps/vite/lib/x.ts --
-- apps/circle/tsconfig.json --
{"extends": "./tsconfig.json", "compilerOptions": {"paths": {"c/*": ["${configDir}/in/*"]}}}
-- apps/circle/in/x.ts --
-- apps/broken/tsconfig.json --
{"compilerOptions": {"paths": [1, {"a": 2}], "baseUrl": 7}, "extends": {"x": 1}
-- apps/broken/x.ts --
-- apps/plain/jsconfig.json --
{"compilerOptions": {"baseUrl": "."}}
-- apps/plain/src/y.js --
-- libs/shared/src/log.ts --
-- libs/old/legacy.ts --
-- config/index.ts --
-- config/shared/only.ts --
-- config/shared.ts --
-- generated/api.ts --
-- src/at.ts --
-- tool.ts --
"""


@pytest.mark.parametrize(
    ("path", "written", "found"),
    [
        ("apps/web/src/main.ts", "@shared/log", ["libs/shared/src/log.ts"]),
        ("apps/web/src/main.ts", "@shared/legacy", ["libs/old/legacy.ts"]),  # the second replacement
        ("apps/web/src/main.ts", "@shared/only", []),  # the best pattern alone, though "@*" has such a file
        ("apps/web/src/main.ts", "@other", []),
        ("apps/web/src/main.ts", "@shared", ["config/shared.ts"]),
        ("apps/web/src/main.ts", "@config", ["config/index.ts"]),
        ("apps/web/src/main.ts", "@config/x", []),
        ("apps/web/src/main.ts", "api.gen", ["generated/api.ts"]),
        ("apps/web/src/main.ts", "libs/shared/src/log", ["libs/shared/src/log.ts"]),  # baseUrl
        ("apps/admin/src/main.ts", "~/page", ["apps/admin/src/page/index.tsx"]),
        ("apps/admin/src/main.ts", "~/special", ["apps/admin/src/own.ts"]),  # exact goes before a star
        ("apps/admin/src/main.ts", "page", ["apps/admin/src/page/index.tsx"]),
        ("apps/vite/src/main.ts", "$lib/x", ["apps/vite/lib/x.ts"]),
        ("apps/circle/in/x.ts", "c/x", ["apps/circle/in/x.ts"]),
        ("apps/broken/x.ts", "@shared/log", []),
        ("apps/plain/src/y.js", "src/y", ["apps/plain/src/y.js"]),
        ("tool.ts", "@shared/log", ["libs/shared/src/log.ts"]),  # tsconfig.base.json alone
        ("tool.ts", "@/at", ["src/at.ts"]),  # by custom
    ],
)
def test_aliases(path: str, written: str, found: list[str]) -> None:
    assert leads(WorkspaceFiles(ALIASED), path, written) == found


@pytest.mark.parametrize(
    "configuration",
    [
        {"extends": ["./a.json", "./b.json"] * 20},
        {"references": [{"path": "./a.json"}, {"path": "./b.json"}] * 20},
        {"extends": ["./a.json"], "references": [{"path": "./b.json"}] * 20},
    ],
)
def test_configurations_that_extend_each_other_many_times_over_are_read(configuration: object) -> None:
    text = json.dumps(configuration)
    files = WorkspaceFiles(
        "".join(f"-- {name}.json --\n{text}\n" for name in ("tsconfig", "a", "b")) + "-- src/x.ts --\n-- src/y.ts --\n"
    )
    assert leads(files, "src/x.ts", "@/y") == ["src/y.ts"]


def packages(exports: object = None, **more: object) -> WorkspaceFiles:
    manifest = (
        {"name": "@acme/core", "exports": exports, **more} if exports is not None else {"name": "@acme/core", **more}
    )
    sources = ("src/index.ts", "src/deep/part.ts", "src/feature/index.ts", "lib/raw.js", "src/internal/log.ts")
    return WorkspaceFiles(
        f"-- packages/core/package.json --\n{json.dumps(manifest)}\n"
        + "".join(f"-- packages/core/{source} --\n" for source in sources)
        + '-- packages/app/package.json --\n{"name": "app"}\n-- packages/app/src/main.ts --\n'
    )


@pytest.mark.parametrize(
    ("exports", "written", "found"),
    [
        (None, "@acme/core", "src/index.ts"),
        (None, "@acme/core/src/deep/part", "src/deep/part.ts"),
        (None, "@acme/core/deep/part", "src/deep/part.ts"),
        (None, "@acme/core/lib/raw.js", "lib/raw.js"),
        ("./dist/index.js", "@acme/core", "src/index.ts"),
        ({"import": "./dist/esm/index.mjs", "require": "./dist/cjs/index.cjs"}, "@acme/core", "src/index.ts"),
        ({".": "./dist/index.js", "./part": {"types": "./dist/deep/part.d.ts"}}, "@acme/core/part", "src/deep/part.ts"),
        ({"./*": "./dist/*.js"}, "@acme/core/deep/part", "src/deep/part.ts"),
        (
            {"./*": "./dist/*/index.js", "./deep/*": "./build/feature/*.js"},
            "@acme/core/deep/index",
            "src/feature/index.ts",
        ),
        ({"./*": "./dist/*/index.js", "./deep/*": "./build/deep/*.js"}, "@acme/core/feature", "src/feature/index.ts"),
        ({".": [{"default": "./lib/raw.js"}]}, "@acme/core", "lib/raw.js"),
    ],
)
def test_workspace_packages(exports: object, written: str, found: str) -> None:
    assert leads(packages(exports), "packages/app/src/main.ts", written) == [f"packages/core/{found}"]


def test_a_packages_own_aliases_main_and_own_name() -> None:
    files = packages(
        imports={"#log": "./src/internal/log.ts", "#in/*": "./dist/internal/*.js"}, main="dist/feature/index.js"
    )
    inside = "packages/core/src/index.ts"
    assert leads(files, inside, "#log") == ["packages/core/src/internal/log.ts"]
    assert leads(files, inside, "#in/log") == ["packages/core/src/internal/log.ts"]
    assert leads(files, "packages/app/src/main.ts", "#log") == []
    assert leads(files, inside, "@acme/core") == ["packages/core/src/feature/index.ts"]
    assert leads(files, inside, "@acme") == []
    assert leads(files, "packages/core/lib/raw.js", "../dist/deep/part.js") == ["packages/core/src/deep/part.ts"]
    assert leads(files, "packages/app/src/main.ts", "../../core/dist/deep/part.js") == []


EXPORTS = """
-- src/index.ts --
> ./engine {Engine, Wheel as Round} !reexport
> ./all {*} !reexport
> ./space as ns !reexport
> ./engine {Piston}
> ./index {*} !reexport
> ./main {default as App} !reexport
= local
-- src/engine.ts --
= Engine, Piston
> ./parts {Wheel} !reexport
-- src/parts.ts --
= Wheel
-- src/all.ts --
> ./deep {*} !reexport
= One
-- src/deep.ts --
= Two
-- src/space.ts --
-- src/main.tsx --
"""


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("local", ["src/index.ts"]),
        ("Engine", ["src/engine.ts"]),
        ("Round", ["src/parts.ts"]),
        ("One", ["src/all.ts"]),
        ("Two", ["src/deep.ts"]),
        ("ns", ["src/space.ts"]),
        ("Piston", ["src/engine.ts"]),  # imported, and exported by another statement
        ("App", ["src/main.tsx"]),  # a default without a name
        ("Absent", []),
    ],
)
def test_names_through_exports(name: str, found: list[str]) -> None:
    files = WorkspaceFiles(EXPORTS)
    assert defined_in(files, "test.ts", f"./src {{{name}}}", name) == found
