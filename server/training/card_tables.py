"""The model card's tables, from the reports of `training.evaluate`. Markdown out, no figure typed by hand."""

from collections.abc import Iterable, Sequence

SETS = (("test", "seen"), ("test", "unseen"), ("tune", "seen"), ("tune", "unseen"))
PLACES = ("all", "line start", "inside the line")


def percent(value: float) -> str:
    """A share as a percentage with one decimal; a dash for none."""
    return f"{100 * value:.1f} %" if value == value else "-"


def with_interval(share: dict[str, float], scale: float = 100, digits: int = 1) -> str:
    """A share and its interval, by default in percent."""
    if share["value"] != share["value"]:
        return "-"
    value, low, high = (f"{scale * share[key]:.{digits}f}" for key in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def language_tables(reports: dict[str, dict]) -> str:
    """Bits per byte of each set and window, and of every unseen package."""
    windows = [key for key in reports["test"]["seen"] if key.endswith(" tokens")]

    def columns(key: str, window: str, digits: int) -> list[str]:
        return [with_interval(reports[split][name][window][key], 1, digits) for split, name in SETS]

    rows = [
        [f"{key}, windows of {window}", *columns(key, window, digits)]
        for key, digits in (("bits per byte", 3), ("nats per token", 2))
        for window in windows
    ]
    packages = [
        [name, split, *(with_interval(reports[split]["unseen"][w]["packages"][name], 1, 3) for w in windows)]
        for split in ("test", "tune")
        for name in reports[split]["unseen"][windows[0]]["packages"]
        if all(name in reports[split]["unseen"][window]["packages"] for window in windows)
    ]
    return (
        table(["", *(", ".join(pair) for pair in SETS)], rows)
        + "\nBits per byte of the unseen packages:\n\n"
        + table(["package", "split", *windows], packages)
    )


def line_table(reports: dict[str, dict], kind: str) -> str:
    """The rest of the line, exactly right and how similar, in percent, beside the baseline."""
    columns = [reports[split][name][kind] for split, name in SETS]
    rows: list[list[object]] = [
        ["cursors (of these at line starts)", *(f"{c['positions']} ({c['at line starts']})" for c in columns)]
    ]
    for key, title in (
        ("exact", "exactly right"),
        ("baseline exact", "copy of the last line with the same start: right"),
        ("model or baseline exact", "one of the two right"),
        ("edit similarity", "edit similarity"),
        ("baseline edit similarity", "copy: edit similarity"),
        ("baseline answers", "copy: has an answer"),
        ("baseline right where it answers", "copy: right where it has an answer"),
    ):
        rows += [[f"{title}, {place}", *(with_interval(c[key][place]) for c in columns)] for place in PLACES]
    return table(["%", *(", ".join(pair) for pair in SETS)], rows)


def context_table(reports: dict[str, dict]) -> str:
    """The same cursors with and without excerpts of other files."""
    rows: list[list[object]] = []
    for title, kind in (("without", "same without"), ("with excerpts", "with context")):
        columns = [reports[split][name][kind] for split, name in SETS]
        for key in ("exact", "edit similarity"):
            for place in ("all", "inside the line"):
                rows.append([f"{key}, {place}, {title}", *(with_interval(c[key][place]) for c in columns)])
    counts = [reports[split][name]["with context"]["positions"] for split, name in SETS]
    return table(["%", *(", ".join(pair) for pair in SETS)], [["cursors", *counts], *sorted(rows, key=lambda r: r[0])])


def partial_table(reports: dict[str, dict], kind: str) -> str:
    """Coverage and precision at each threshold, the server's default in bold."""
    tune = {row["threshold"]: row for row in reports["tune"]["partial"][kind]}
    rows = []
    for row in reports["test"]["partial"][kind]:
        threshold = row["threshold"]
        mark = "**" if threshold == reports["test"]["server's threshold"] else ""
        cells = [with_interval(row["coverage"]), with_interval(row["precision"]), percent(row["text saved"])]
        cells.append(f"{row['characters when right']:.1f}")
        other = tune.get(threshold)
        cells += [percent(other["coverage"]["value"]), percent(other["precision"]["value"])] if other else ["-", "-"]
        rows.append([f"{mark}{threshold}{mark}", *cells])
    head = ["t", "test: shown at, %", "right, %", "saved", "characters when right", "tune: shown at", "right"]
    return table(head, rows)


def server_table(reports: dict[str, dict]) -> str:
    """Coverage and precision at the server's threshold of each set, with and without excerpts."""
    key, rows = "at the server's threshold", []
    for kind in reports["test"][key]:
        found = [reports[split][key].get(kind) for split in ("test", "tune")]
        cells = [with_interval(row[name]) if row else "-" for row in found for name in ("coverage", "precision")]
        rows.append([kind, *cells])
    return table(["%", "test: shown at", "right", "tune: shown at", "right"], rows)


def calibration_table(report: dict) -> str:
    """Predicted and observed shares in ten bins."""
    rows = {}
    for kind in ("tokens", "shown"):
        for row in report["calibration"][kind]["bins"]:
            cells = [str(row["count"]), percent(row["predicted"]), percent(row["right"])]
            rows.setdefault(row["from"], {})[kind] = cells
    none = ["-"] * 3
    return table(
        ["probability from", "tokens", "predicted", "right", "suggestions", "predicted", "right"],
        [[start, *kinds.get("tokens", none), *kinds.get("shown", none)] for start, kinds in sorted(rows.items())],
    )


def edit_table(reports: dict[str, dict]) -> str:
    """Edits that were carried on exactly."""
    columns = [reports[split][name]["edits"] for split, name in SETS]
    rows: list[list[object]] = []
    for key in ("to be changed", "nothing to change"):
        rows.append([f"{key}: examples", *(c[key]["files"] for c in columns)])
        rows.append([key, *(with_interval(c[key]) for c in columns)])
    return table(["exactly right, %", *(", ".join(pair) for pair in SETS)], rows)


def draft_table(report: dict) -> str:
    """Acceptance of the MTP block's drafts."""
    rows = [
        [
            f"{row['tokens']} tokens",
            row["sequences"],
            *(percent(share) for share in row["accepted"]),
            f"{row['tokens per round']:.2f}",
            f"{row['equal to plain greedy']} of {row['sequences']}",
        ]
        for row in report["drafts"]
    ]
    head = ["after typed lines", "prompts", "draft 1", "draft 2", "draft 3", "tokens a round", "equal to plain greedy"]
    return table(head, rows)


def any_table(data: dict) -> str:
    """The report of another script, a name and its figures a row. Of what was found only the count is
    shown (`{"count": 3, "first": [...]}`), of lists of cases everything but their text."""
    rows: list[list[str]] = []
    for name, value in data.items():
        if name in ("gguf", "checkpoint"):
            continue
        if isinstance(value, list):
            rows += [[name, _cell({key: v for key, v in case.items() if key != "text"})] for case in value]
        elif isinstance(value, dict) and "count" in value:
            rows.append([name, str(value["count"])])
        elif isinstance(value, dict) and any(isinstance(part, dict) for part in value.values()):
            rows += [[f"{name}, {key}", _cell(part)] for key, part in value.items()]
        else:
            rows.append([name, _cell(value)])
    return table(["", ""], rows)


def _cell(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_cell(part)}" for name, part in value.items())
    return f"{value:.3g}" if isinstance(value, float) else str(value)
