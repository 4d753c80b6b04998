"""Files that are no usable model: each is named, with what to do."""

import struct
from pathlib import Path

import gguf
import pytest

from foretoken.models.resolve import ModelUnavailable, check_model_file, model_path, resolve_model, shipped_model
from foretoken.runtime.model import LoadCancelled, load_model
from model.generators import Bench
from model.gguf_parts import take_apart
from model.make_gguf import DENSE, write_model


def load(path: Path) -> None:
    load_model(path, 0, lambda _done: True).close()


def test_a_missing_file(tmp_path: Path):
    with pytest.raises(ModelUnavailable, match=r"none\.gguf does not exist.*model\.path"):
        load(tmp_path / "none.gguf")


def test_a_folder(tmp_path: Path):
    with pytest.raises(ModelUnavailable, match="is a folder"):
        load(tmp_path)


def test_a_file_that_is_no_gguf(tmp_path: Path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"{" * 100)
    with pytest.raises(ModelUnavailable, match="is not a GGUF file"):
        load(path)


def test_a_git_lfs_pointer(tmp_path: Path):
    path = tmp_path / "model.gguf"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
    with pytest.raises(ModelUnavailable, match="git lfs pull"):
        load(path)


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_arguments: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ModelUnavailable, match="no permission"):
        check_model_file(tmp_path / "model.gguf")


def test_a_path_that_cannot_be_one():
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        check_model_file(Path("a\0b"))


@pytest.mark.parametrize("kept", [4, 30, 2000, 0.3, 0.9, 0.999])
def test_a_truncated_file(hybrid_gguf: Path, tmp_path: Path, kept: float):
    data = hybrid_gguf.read_bytes()
    path = tmp_path / "cut.gguf"
    path.write_bytes(data[: kept if isinstance(kept, int) else int(len(data) * kept)])
    with pytest.raises(ModelUnavailable, match=r"cut\.gguf.*(incomplete|damaged)"):
        load(path)


def test_garbage_behind_the_magic(tmp_path: Path):
    path = tmp_path / "noise.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 5, 5) + bytes(range(256)) * 20)
    with pytest.raises(ModelUnavailable, match=r"noise\.gguf"):
        load(path)


def test_an_architecture_that_is_not_known(tmp_path: Path):
    path = tmp_path / "future.gguf"
    writer = gguf.GGUFWriter(str(path), "future9")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    with pytest.raises(ModelUnavailable, match="architecture that this llama.cpp does not know"):
        load(path)


def test_a_header_that_would_end_the_process_is_refused_before(hybrid_gguf: Path, tmp_path: Path):
    parts = take_apart(hybrid_gguf.read_bytes())
    parts.key("value_length").value = struct.pack("<I", 64)
    path = tmp_path / "odd.gguf"
    path.write_bytes(parts.build())
    with pytest.raises(ModelUnavailable, match=r"odd\.gguf is damaged: its attention keys and values"):
        load(path)


def test_llama_cpps_reason_is_told_without_its_functions(dense_gguf: Path, tmp_path: Path):
    parts = take_apart(dense_gguf.read_bytes())
    parts.keys.remove(parts.key("embedding_length"))
    path = tmp_path / "bare.gguf"
    path.write_bytes(parts.build())
    with pytest.raises(ModelUnavailable) as error:
        load(path)
    assert "key not found in model: qwen3.embedding_length. The file is damaged" in str(error.value)
    assert "llama_model_load" not in str(error.value)


def test_progress_is_told_and_a_load_can_be_cancelled(dense_gguf: Path):
    seen: list[float] = []
    load_model(dense_gguf, 0, lambda done: seen.append(done) or True).close()
    assert seen == sorted(seen) and seen[-1] == 1.0
    with pytest.raises(LoadCancelled):
        load_model(dense_gguf, 0, lambda done: done < 0.5)


def test_a_model_without_our_keys(tmp_path: Path):
    bench = Bench(write_model(tmp_path / "bare.gguf", DENSE, languages=()))
    assert bench.generator.info.languages == ()
    bench.close()


def test_a_path_with_letters_of_many_scripts(tmp_path: Path):
    folder = tmp_path / "модель ü 模型"
    folder.mkdir()
    load(write_model(folder / "tiny.gguf", DENSE))


def test_the_setting_names_the_model(dense_gguf: Path):
    assert resolve_model(str(dense_gguf)) == dense_gguf
    with pytest.raises(ModelUnavailable, match="does not exist"):
        resolve_model("/nowhere/model.gguf")


def test_without_a_setting_it_is_the_shipped_one():
    assert resolve_model("") == shipped_model() == model_path("")
    assert shipped_model().name == "foretoken-starter.gguf"
