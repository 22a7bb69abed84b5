"""`make airflow` where something stands in its way."""

import contextlib
import socket
from pathlib import Path

import pytest
import typer

from tools.airflow_local import PORTS, Place, require_ports


def place(port: int) -> Place:
    nowhere = Path("nowhere")
    return Place(nowhere, nowhere, nowhere, nowhere, port)


@pytest.mark.parametrize("offset", range(PORTS))
def test_a_port_that_another_program_uses_is_named_at_once(offset: int, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        busy = other.getsockname()[1]
        with pytest.raises(typer.Exit):
            require_ports(place(busy - offset))
    assert "another program listens at port" in capsys.readouterr().err


def test_free_ports_are_taken() -> None:
    require_ports(place(three_free_ports()))


def three_free_ports() -> int:
    """The first of three ports in a row at which nobody listens."""
    for first in range(21_000, 60_000, 101):
        with contextlib.suppress(OSError), contextlib.ExitStack() as held:
            for number in range(first, first + PORTS):
                held.enter_context(socket.socket()).bind(("127.0.0.1", number))
            return first
    raise RuntimeError("no three ports in a row are free")
