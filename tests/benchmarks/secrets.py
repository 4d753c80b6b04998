"""How long it takes to find secrets: over source, in a prompt, at a key, and in texts that are made to take long.

The baseline is detect-secrets: all of its plugins over the same files, line by line, without asking any service. Give
folders of source; without any, Python's own library is read.

    python tests/benchmarks/secrets.py [--baseline-megabytes 1] [FOLDER ...]
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from foretoken.prompt.redacted import redacted  # noqa: E402
from foretoken.session.anchor import fix_anchor  # noqa: E402
from foretoken.trust.secret_cursor import find_near, secret_at  # noqa: E402
from foretoken.trust.secret_rules import rules  # noqa: E402
from foretoken.trust.secrets import find_secrets, redact  # noqa: E402
from planted_secrets import planted  # noqa: E402

KINDS = {
    ".py",
    ".js",
    ".ts",
    ".tsx",
    ".c",
    ".h",
    ".cpp",
    ".go",
    ".rs",
    ".java",
    ".rb",
    ".json",
    ".yaml",
    ".yml",
    ".toml",
    ".md",
}
PROMPT = 30_000
HOSTILE = 50_000


def sources(folders: list[Path]) -> Iterator[tuple[Path, str]]:
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in KINDS and path.is_file():
                try:
                    yield path, path.read_text(encoding="utf-8")
                except (UnicodeDecodeError, OSError):
                    continue


def best(work: Callable[[], object], times: int = 5) -> float:
    """Seconds of processor time, the least of some runs."""
    took = []
    for _ in range(times):
        started = time.process_time()
        work()
        took.append(time.process_time() - started)
    return min(took)


def baseline(paths: list[Path]) -> tuple[float, int]:
    """Seconds, and how many secrets detect-secrets finds."""
    from detect_secrets.core.secrets_collection import SecretsCollection
    from detect_secrets.settings import default_settings

    with default_settings() as settings:
        settings.disable_filters("detect_secrets.filters.common.is_ignored_due_to_verification_policies")
        found = SecretsCollection()
        started = time.process_time()
        for path in paths:
            found.scan_file(str(path))
        return time.process_time() - started, sum(1 for _ in found)


def hostile() -> dict[str, str]:
    """Beginnings, names and halves of secrets over and over, without a line's end."""
    baits = [
        "://",
        "://a:",
        "://a:b1c2d3",
        "-----BEGIN RSA PRIVATE KEY-----",
        "a1B2",
        "password",
        "pwd=",
        "secret = '",
        "a=b1",
    ]
    baits += [begin + "a1" for begin in rules().tokens] + [f'{name}_key="a1b2c3d4e5f6a7b8" ' for name in rules().named]
    baits += [each.value[: len(each.value) * 2 // 3] for each in planted(1)[::14]]
    baits += [each.text.replace("\n", " ") for each in planted(2)[::31]]
    return {bait[:40]: bait for bait in baits}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, default=[Path(os.__file__).parent])
    parser.add_argument("--baseline-megabytes", type=float, default=1.0)
    args = parser.parse_args()

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    find_secrets("x = 1")
    print(f"memory of the rules: {(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024:.1f} MiB")
    for module in ("foretoken.trust.secrets", "detect_secrets.plugins.aws"):
        code = f"import time; s = time.perf_counter(); import {module}; print(time.perf_counter() - s)"
        took = min(float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(5))
        print(f"import {module}: {took * 1000:.1f} ms")

    files = list(sources(args.folders))
    texts = [text for _, text in files]
    size = sum(map(len, texts))
    found = sum(len(find_secrets(text)) for text in texts)
    ours = best(lambda: [find_secrets(text) for text in texts], 3)
    lines = sum(text.count("\n") for text in texts)
    print(f"{len(texts)} files, {size / 1e6:.1f} million characters, {lines} lines: {found} found,", end=" ")
    print(f"{size / ours / 1e6:.1f} MB/s")
    part: list[tuple[Path, str]] = []
    while files and sum(len(text) for _, text in part) < args.baseline_megabytes * 1e6:
        part.append(files.pop(0))
    part_size = sum(len(text) for _, text in part)
    theirs, their_found = baseline([path for path, _ in part])
    mine = best(lambda: [find_secrets(text) for _, text in part], 3)
    mine_found = sum(len(find_secrets(text)) for _, text in part)
    print(
        f"of these {part_size / 1e6:.1f} million: ours {part_size / mine / 1e6:.2f} MB/s, {mine_found} found;", end=" "
    )
    print(f"detect-secrets {part_size / theirs / 1e6:.3f} MB/s, {their_found} found")

    prompt = "".join(texts)[:PROMPT]
    print(f"a new text of {PROMPT} characters: {best(lambda: redact(prompt), 20) * 1000:.2f} ms")
    offset = len(prompt) // 2
    anchor = fix_anchor(prompt, offset)
    redacted(anchor, "x", PROMPT)

    def key() -> None:
        find_near.cache_clear()
        for _ in range(2):  # before the model is ready, and behind
            secret_at(prompt, offset)
        redacted(anchor, prompt[anchor.start : offset], PROMPT)

    many = range(200)
    took = best(lambda: [key() for _ in many]) / len(many)
    print(f"at a key: {took * 1e6:.0f} us for the gate, asked twice, and the prompt")

    rows = []
    for name, bait in hostile().items():
        short, long = ((bait * (length // len(bait) + 1))[:length] for length in (HOSTILE, 4 * HOSTILE))
        one, four = best(lambda: find_secrets(short), 2), best(lambda: find_secrets(long), 2)
        rows.append((four / (4 * HOSTILE) * 1e6, four / max(one, 1e-4), name))
    rows.sort(reverse=True)
    print(
        f"{len(rows)} hostile texts; seconds for a million characters, and how often as long four times the text takes:"
    )
    for per_million, growth, name in rows[:8]:
        print(f"  {per_million:6.2f} s  x{growth:.1f}  {name!r}")
    print(f"  the largest growth: x{max(growth for _, growth, _ in rows):.1f}")


if __name__ == "__main__":
    main()
