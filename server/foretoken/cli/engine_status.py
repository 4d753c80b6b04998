"""Show the model processes that run, for whom, and what they take.

Exit code 0 also when none runs. A process that a window could not share is not shown.
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from foretoken.cli.check import size_text
from foretoken.cli.command import OK
from foretoken.cli.engine_processes import Found, ask_all, folder_in_use
from foretoken.engine.gateway_token import token_file
from foretoken.engine.options import address_text
from foretoken.session.settings_sources import SettingsSources

HELP = "show what runs, and for whom"
EXAMPLES = """examples:
  foretoken engine status
  foretoken engine status --json | jq '.processes[] | select(.idle > 600) | .pid'
"""


PIPE_WIDTH = 300  # a pipe or a file has no width of its own


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print everything as one JSON object")


def run(args: argparse.Namespace) -> int:
    found = asyncio.run(ask_all())
    if args.json:
        folder = folder_in_use()
        report = {
            "folder": str(folder) if folder else None,
            "gateway_token_file": str(token_file(_chosen())),
            "processes": [_as_json(one) for one in found],
        }
        print(json.dumps(report, indent=2))
    elif not found:
        print("No model process runs. It is started when an editor needs it.")
    else:
        _show(found)
    return OK


def _chosen() -> str:
    settings, _ = SettingsSources().load(None, None)
    return settings.gateway.token_file


def _as_json(one: Found) -> dict[str, object]:
    """The token stays out of it: it would end up in logs and bug reports."""
    discovery = one.discovery
    known: dict[str, object] = {
        "pid": discovery.pid,
        "version": discovery.version,
        "model": discovery.model,
        "port": discovery.port,
        "log": discovery.log,
        "answers": one.health is not None,
    }
    return {**known, **(one.health or {})}


def _show(found: list[Found]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("pid", "model", "window", "state", "memory", "up", "idle", "requests", "windows"):
        table.add_column(name, justify="right" if name in ("pid", "window", "memory", "requests") else "left")
    for one in found:
        table.add_row(*_row(one))
    console = Console() if sys.stdout.isatty() else Console(width=PIPE_WIDTH)
    console.print(table)
    for one in found:
        gateway = (one.health or {}).get("gateway", {})
        if gateway.get("port"):
            where = f"http://{address_text(gateway['host'], gateway['port'])}"
            access = "no token: any program of this machine can ask"
            if not gateway.get("without_token"):
                access = f"token: {token_file(_chosen())}"
            console.print(f"other tools: {where} ({access})", soft_wrap=True, highlight=False)
        if gateway.get("problem"):
            console.print(f"warn: {gateway['problem']}", soft_wrap=True, highlight=False)


def _row(one: Found) -> tuple[str, ...]:
    model = Path(one.discovery.model).name
    health = one.health
    if health is None:
        return str(one.discovery.pid), model, "", "does not answer", "", "", "", "", ""
    info = health.get("info") or {}
    state = health["status"]
    if state == "loading":
        state = f"loading {health['progress']:.0%}"
    elif state == "ready" and health["in_flight"]:
        state = "busy"
    windows = ", ".join(name or "?" for name in health["windows"]) or "none: it leaves soon"
    return (
        str(health["pid"]),
        info.get("name") or model,
        str(info.get("n_ctx", "")),
        state,
        size_text(health["rss"]),
        _duration(health["uptime"]),
        _duration(health["idle"]) if not health["in_flight"] else "",
        str(health["requests"]),
        windows,
    )


def _duration(seconds: float) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
