"""The doctor on other tools' port."""

import socket
from pathlib import Path

import pytest

from foretoken.cli.check import State
from foretoken.cli.check_gateway import check_gateway
from foretoken.session.settings import GatewaySettings, Settings


def settings(folder: Path, **gateway: object) -> Settings:
    return Settings(gateway=GatewaySettings(token_file=str(folder / "token"), **gateway))


def test_it_is_closed_unless_it_is_wanted(tmp_path: Path) -> None:
    (found,) = check_gateway(settings(tmp_path))
    assert found.state is State.INFO and "gateway.enabled" in found.value
    assert not (tmp_path / "token").exists()


def test_without_a_token_for_everybody_is_a_problem_with_its_cure(tmp_path: Path) -> None:
    (found,) = check_gateway(settings(tmp_path, enabled=True, host="0.0.0.0", without_token=True))
    assert found.state is State.WARN and "gateway.without_token" in found.value


@pytest.mark.parametrize("listens", [True, False])
def test_whether_somebody_listens(tmp_path: Path, listens: bool) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if listens:
            listener.listen()
        (found,) = check_gateway(settings(tmp_path, enabled=True, port=listener.getsockname()[1]))
    assert found.state is (State.OK if listens else State.INFO)
    assert ("is open" in found.value) == listens


def test_another_server_has_its_own(tmp_path: Path) -> None:
    wanted = settings(tmp_path, enabled=True)
    (found,) = check_gateway(
        wanted.model_copy(update={"engine": wanted.engine.model_copy(update={"url": "http://127.0.0.1:1"})})
    )
    assert found.state is State.WARN and "engine.url" in found.value
