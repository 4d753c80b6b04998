"""A full disk costs a warning: nothing is written, nothing is left half written, and everything else goes on.

A process of its own may write files of a few kilobytes only (RLIMIT_FSIZE), which is refused in the middle of a write as a
full disk refuses it; and the log goes to a device that is always full where there is one.
"""

import json
import subprocess
import sys
from pathlib import Path

PREAMBLE = """
import json, logging, os, resource, sys
from pathlib import Path
folder = Path(sys.argv[1])
def full():
    resource.setrlimit(resource.RLIMIT_FSIZE, (6000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
def room():
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
"""
STATES = """
import ctypes
import numpy as np
from foretoken.runtime.state_files import StateFiles, StoredState
warnings = []
handler = logging.Handler()
handler.emit = lambda record: warnings.append(record.getMessage())
logging.getLogger().addHandler(handler)
tokens = np.arange(300, dtype=np.int32)
state = StoredState(tokens, np.zeros(8, np.float32), (ctypes.c_uint8 * 100_000)())
files = StateFiles(folder / "states", 1 << 30, "model")
full()
refused = files.write(state)
left = os.listdir(folder / "states")
room()
print(json.dumps([refused, left, len(warnings), files.write(state), files.read(tokens) is not None]))
"""
LOGS = """
from foretoken.logs import start_logging
path = start_logging("server", "debug", folder)
full()
for number in range(500):
    logging.getLogger("foretoken").info("record %d of a disk that is full", number)
size = path.stat().st_size
room()
logging.getLogger("foretoken").info("there is room again")
logging.shutdown()
print(json.dumps([size, "there is room again" in path.read_text("utf-8")]))
"""
FULL_DEVICE = """
from foretoken import logs
device = Path("/dev/full")
if device.exists():
    logs.start_logging("server", "debug", folder)
    root = logging.getLogger()
    root.handlers[0].close()
    root.handlers[0].baseFilename = str(device)
    root.handlers[0].stream = device.open("w", encoding="utf-8")
    for number in range(500):
        logging.getLogger("foretoken").info("record %d of a disk that is full", number)
    logging.shutdown()
print(json.dumps("went on"))
"""


def run(code: str, folder: Path) -> object:
    """What the code printed; it must not say anything on standard error, which editors show as an error."""
    done = subprocess.run([sys.executable, "-c", PREAMBLE + code, str(folder)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_a_state_is_not_kept_and_leaves_nothing_behind(tmp_path: Path):
    refused, left, warnings, written, read = run(STATES, tmp_path)
    assert (refused, left, warnings) == (False, [], 1)
    assert written and read  # there is room again


def test_what_cannot_be_logged_is_lost_and_the_rest_is_not(tmp_path: Path):
    size, again = run(LOGS, tmp_path)
    assert size <= 6000 and again


def test_a_device_without_room(tmp_path: Path):
    assert run(FULL_DEVICE, tmp_path) == "went on"
