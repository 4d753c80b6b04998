"""A run on a made corpus: it learns, a stopped one goes on exactly, and mistakes are named."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import torch

from training import train
from training.checkpoint import Progress, save
from training.configuration import read
from training.export import load
from training.model import Config, Model
from training.tokenizer import SPECIALS
from training.warm_start import grow
from training_runs import CONFIGURATION, run


def test_the_loss_falls(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("a", 30 * 256)
    log = [json.loads(line) for line in (folder / "a.jsonl").read_text().splitlines()]
    assert [entry["step"] for entry in log] == list(range(1, 31))
    for name in ("train", "seen", "unseen", "unseen_infill", "unseen_mtp"):
        assert log[-1][name] < 0.85 * log[0][name], name
    assert log[-1]["rate"] == 0 and log[14]["rate"] == 1
    assert "30 of 30 steps" in capsys.readouterr().err


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stopped_run_goes_on_exactly(folder: Path, workers: int) -> None:
    tokens = 6 * 256 * workers
    whole = run("whole", tokens, workers=workers)
    run("parts", tokens, "--stop-after", "3", workers=workers)
    parts = run("parts", tokens, "--resume", workers=workers)
    assert parts["progress"]["step"] == whole["progress"]["step"] == 6
    for name, value in whole["model"].items():
        assert torch.equal(value, parts["model"][name]), name


def command(*options: str) -> tuple[list[str], dict[str, str]]:
    files = ["--corpus", "corpus.jsonl", "--tokenizer", "tokenizer.json", "--checkpoint", "a.pt", "--log", "a.jsonl"]
    environment = os.environ | {"PYTHONPATH": str(Path(train.__file__).parents[1])}
    return [sys.executable, "-m", "training.train", "--configuration", "a.toml", *files, *options], environment


def test_a_killed_run_leaves_no_worker_and_goes_on(folder: Path) -> None:
    tokens = 12 * 512
    whole = run("whole", tokens, workers=2)
    Path("a.toml").write_text(CONFIGURATION.format(tokens=tokens, workers=2))
    line, environment = command("--report-seconds", "0", "--save-seconds", "0")
    process = psutil.Popen(line, env=environment, stderr=subprocess.PIPE, text=True)
    for said in process.stderr:
        if said.startswith("3 of"):
            break
    workers = process.children()
    assert len(workers) >= 2
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(workers, timeout=60)
    process.stderr.close()
    assert not alive
    assert 2 <= torch.load("a.pt", weights_only=True)["progress"]["step"] < 12
    again = subprocess.run([*command("--resume")[0]], env=environment, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    for name, value in torch.load("a.pt", weights_only=True)["model"].items():
        assert torch.equal(value, whole["model"][name]), name


def test_another_run_does_not_go_on_from_this_ones_checkpoint(folder: Path) -> None:
    run("a", 256 * 4, "--stop-after", "1")
    line, environment = command("--resume", "--set", "run.seed=6")
    said = subprocess.run(line, env=environment, capture_output=True, text=True)
    assert said.returncode == 2 and "run.seed: 5 -> 6" in said.stderr
    Path("tokenizer.json").write_text(Path("tokenizer.json").read_text() + "\n")
    said = subprocess.run(line, env=environment, capture_output=True, text=True)
    assert said.returncode == 2 and "tokenizer: " in said.stderr
    assert torch.load("a.pt", weights_only=True)["progress"]["step"] == 1


def test_a_checkpoint_of_what_is_no_number_is_not_written(folder: Path) -> None:
    good = run("a", 256 * 4, "--stop-after", "2")
    model = Model(Config(**good["config"]))
    model.load_state_dict(good["model"])
    with torch.no_grad():
        model.blocks[0].ffn_up.weight[3, 4] = torch.nan
    with pytest.raises(FloatingPointError, match="blocks.0.ffn_up.weight .*: a.pt stays"):
        save(Path("a.pt"), model, [], read(Path("a.toml")), Progress(step=3), {})
    assert torch.load("a.pt", weights_only=True)["progress"]["step"] == 2


def test_it_stops_in_time_and_says_where(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("a", 256 * 1000, "--stop-seconds", "0.01", "--report-seconds", "999")["progress"]["step"] == 1
    assert "1 of 1,000 steps" in capsys.readouterr().err


def test_rows_made_by_other_processes_are_the_same(folder: Path) -> None:
    one = run("one", 256 * 3)["model"]
    two = run("two", 256 * 3, "--set", "run.loaders=2")["model"]
    assert all(torch.equal(value, two[name]) for name, value in one.items())


def test_a_checkpoint_is_not_overwritten_by_accident(folder: Path, monkeypatch, capsys) -> None:
    Path("a.toml").write_text(CONFIGURATION.format(tokens=256, workers=1))
    Path("a.pt").write_text("mine")
    monkeypatch.setattr("sys.argv", ["train", "--configuration", "a.toml", "--checkpoint", "a.pt"])
    with pytest.raises(SystemExit):
        train.main()
    assert "--resume" in capsys.readouterr().err
    assert Path("a.pt").read_text() == "mine"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("width", "widht"), "unknown in .model.: widht"),
        (("[0.5, 256]", "[0.5, 512]"), "512 tokens does not fit into a row of 256"),
        (('delta_rule = "compiled"', 'delta_rule = "fast"'), "expected one of compiled, fla, torch"),
        (('delta_rule = "compiled"', 'delta_rule = "fla"'), "needs a GPU"),
        (('delta_rule = "compiled"', 'device = "cuda"'), "kernels are for the processor"),
        (("[[0.0, 0.5], ", "["), "begin with a pair for the share 0.0"),
        (("seed = 5", ""), "seed"),
        (("seed = 5", "seed ="), "a.toml"),
    ],
)
def test_a_wrong_configuration_is_named(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    path = tmp_path / "a.toml"
    path.write_text(CONFIGURATION.format(tokens=256, workers=1).replace(*change))
    with pytest.raises(ValueError, match=message):
        read(path)


def test_every_configuration_of_the_project_reads() -> None:
    for path in (Path(train.__file__).parent / "configurations").glob("*.toml"):
        assert read(path).run.steps > 1000


def test_a_grown_model_computes_nearly_the_same() -> None:
    torch.manual_seed(2)
    small = Config(vocabulary=200, width=64, layers=2, attention_interval=2, feed_forward=96, gdn_heads=2, heads=1)
    old = Model(small)
    with torch.no_grad():
        for parameter in old.parameters():
            if parameter.ndim == 2:
                parameter.normal_(std=0.1)
    sizes = vars(small) | {"width": 96, "layers": 4, "feed_forward": 128}
    new = Model(Config(**sizes))
    grow(new, {"model": old.state_dict(), "config": vars(small)})
    ids = torch.randint(200, (1, 40))
    with torch.no_grad():
        a, b = old.eval(), new.eval()
        hidden, grown = a(ids), b(ids)
        for before, after in (
            (a.logits(hidden), b.logits(grown)),
            (a.logits(a.draft(ids, hidden)), b.logits(b.draft(ids, grown))),
        ):
            assert (after - before).std() < 0.15 * before.std()


def test_a_larger_model_does_not_fit_into_a_smaller_one() -> None:
    large = Model(Config(vocabulary=200, width=96, layers=2, feed_forward=96))
    small = Model(Config(vocabulary=200, width=64, layers=2, feed_forward=96))
    with pytest.raises(ValueError, match="does not fit"):
        grow(small, {"model": large.state_dict(), "config": vars(large.config)})


def test_the_checkpoint_can_be_exported(folder: Path) -> None:
    run("a", 256)
    assert load(folder / "a.pt").config.vocabulary == 400
    assert len(SPECIALS) < 400
