"""End model processes and free their memory.

Each is asked; what it is answering is broken off. Windows that used it show that the model is unloaded, and load it
again at their next request. A port for other tools closes with its process. Exit code 1 when a process did not leave.
"""

import argparse
import asyncio

from foretoken.cli.command import FAILED, OK, CommandError
from foretoken.cli.engine_processes import living
from foretoken.engine.client import RuntimeClient, RuntimeGone, RuntimeRefused
from foretoken.engine.discovery import Discovery

HELP = "end what runs, and free its memory"
EXAMPLES = """examples:
  foretoken engine stop           # the one that runs
  foretoken engine stop 4711      # the process 4711 only
  foretoken engine stop --all     # all of them
"""
LEAVE_SECONDS = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pid", nargs="?", type=int, metavar="PID", help="the process (default: the only one)")
    parser.add_argument("--all", action="store_true", help="every one")


def run(args: argparse.Namespace) -> int:
    found = list(living())
    if args.pid is not None:
        found = [one for one in found if one.pid == args.pid]
        if not found:
            raise CommandError(f"{args.pid} is no model process of yours; `foretoken engine status` shows them")
    if not found:
        print("No model process runs.")
        return OK
    if len(found) > 1 and not args.all:
        pids = ", ".join(str(one.pid) for one in found)
        raise CommandError(f"several run ({pids}): name one, or say --all")
    return OK if all([asyncio.run(_stop(one)) for one in found]) else FAILED


async def _stop(discovery: Discovery) -> bool:
    try:
        async with RuntimeClient(discovery.port, discovery.token) as client, asyncio.timeout(LEAVE_SECONDS):
            windows = await client.stop()
            while discovery.looks_alive():
                await asyncio.sleep(0.02)
    except (RuntimeGone, RuntimeRefused, TimeoutError):
        if discovery.looks_alive():
            print(f"The model process {discovery.pid} ({discovery.model}) does not leave; its log is {discovery.log}.")
            return False
        windows = 0
    used = {0: "no window used it", 1: "1 window used it"}.get(windows, f"{windows} windows used it")
    print(f"The model process {discovery.pid} ({discovery.model}) has ended; {used}.")
    return True
