import os
import secrets
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import loopback_ports
from sandbox.errors import SandboxError
from sandbox.loopback_ports import CHOSEN_FROM, LOOPBACK, bound_socket, port_holder


def number_of(bound: socket.socket) -> int:
    return bound.getsockname()[1]


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which this process listens."""
    with bound_socket() as listener:
        listener.listen()
        yield number_of(listener)


def test_a_port_is_chosen_below_those_that_the_system_gives_away() -> None:
    with bound_socket() as first, bound_socket() as second:
        assert {number_of(first), number_of(second)} <= {*CHOSEN_FROM}
        assert number_of(first) != number_of(second)


@pytest.mark.parametrize("listening", [True, False])
def test_a_taken_port_is_not_chosen(monkeypatch: pytest.MonkeyPatch, listening: bool) -> None:
    with bound_socket() as taken, bound_socket() as wanted:
        if listening:
            taken.listen()
        free = number_of(wanted)
        wanted.close()
        offered = iter([number_of(taken), free, number_of(taken)])
        monkeypatch.setattr(secrets, "choice", lambda _ports: next(offered, 1))
        with bound_socket() as chosen:
            assert number_of(chosen) == free


def test_no_free_port_is_one_line(monkeypatch: pytest.MonkeyPatch, taken: int) -> None:
    monkeypatch.setattr(loopback_ports, "CHOSEN_FROM", range(taken, taken + 1))
    with pytest.raises(SandboxError, match=f"no free port of 127.0.0.1 from {taken} to {taken} was found"):
        bound_socket()


def test_a_server_comes_back_to_its_port_while_connections_of_its_last_time_linger() -> None:
    port = 0
    for _ in range(3):
        with bound_socket(port) as listener:
            listener.listen()
            port = number_of(listener)
            with socket.create_connection((LOOPBACK, port)) as caller:
                accepted, _address = listener.accept()
                accepted.close()  # who closes first has the connection linger on its side (TIME_WAIT)
                assert caller.recv(1) == b""
        with socket.socket() as stranger, pytest.raises(OSError, match="in use"):
            stranger.bind((LOOPBACK, port))


def test_a_taken_port_is_refused_with_what_to_do(taken: int) -> None:
    with pytest.raises(SandboxError, match=f"^port {taken} of 127.0.0.1, which this sandbox uses, is taken"):
        bound_socket(taken)


@pytest.mark.skipif(sys.platform != "linux", reason="who listens is only seen on Linux")
def test_the_holder_of_a_port_is_named(taken: int) -> None:
    assert port_holder(taken) == f"process {os.getpid()}, {own_name()}"
    with bound_socket() as silent:
        assert port_holder(number_of(silent)) is None


def own_name() -> str:
    """This process's name, as the system shows it."""
    return Path("/proc/self/comm").read_text(encoding="utf-8").strip()
