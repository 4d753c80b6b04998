"""Print the settings in force, and for each that is not the default where it comes from.

Settings are read from the defaults, your own file, the workspace's file and, in an editor, the editor; each later
one wins. What is unknown or wrong is named, and the exit code is 1 then.
"""

import argparse
import sys
from pathlib import Path

from foretoken.cli.command import FAILED, OK, CommandError
from foretoken.cli.settings_reference import settings_reference, toml
from foretoken.session.settings_sources import DEFAULT, SettingsSources, iter_fields

EXAMPLES = """examples:
  foretoken settings                       # those in force in this folder
  foretoken settings --workspace ~/src/x   # those in force in another one
  foretoken settings --reference           # every setting, its default and what it does, in Markdown
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workspace", type=Path, default=Path(), metavar="FOLDER", help="the workspace (default: .)")
    parser.add_argument("--reference", action="store_true", help="print the reference of all settings instead")


def run(args: argparse.Namespace) -> int:
    if args.reference:
        print(settings_reference(), end="")
        return OK
    if not args.workspace.is_dir():
        raise CommandError(f"{args.workspace} is not a folder")
    sources = SettingsSources()
    settings, problems = sources.load(args.workspace.resolve(), None)
    values = {key: toml(getattr(getattr(settings, key.split(".")[0]), key.split(".")[1])) for key, _ in iter_fields()}
    width = max(len(f"{key} = {value}") for key, value in values.items())
    for key, value in values.items():
        origin = sources.origins[key]
        print(f"{f'{key} = {value}':<{width}}  {'' if origin == DEFAULT else origin}".rstrip())
    print("\nRead from, each later one winning (an editor's own settings come last):")
    for path in sources.files():
        print(f"  {path}{'' if path.is_file() else '  (not there)'}")
    for problem in problems:
        print(f"problem: {problem}", file=sys.stderr)
    return FAILED if problems else OK
