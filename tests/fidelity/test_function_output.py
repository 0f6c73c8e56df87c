"""What a function wrote is read completely and without waiting."""

import io
import os
import threading
from collections.abc import Iterator

import pytest

from sandbox.fidelity.lambda_python.output import OutputReader


@pytest.fixture
def pipe() -> Iterator[tuple[io.FileIO, int]]:
    """A pipe's reading end as a file, and its writing end as a descriptor."""
    reading, writing = os.pipe()
    with io.FileIO(reading) as stream:
        yield stream, writing
        os.close(writing)


def test_what_is_in_the_pipe_is_taken_at_once_without_the_reading_thread(pipe: tuple[io.FileIO, int]) -> None:
    stream, writing = pipe
    os.write(writing, b"one\ntwo\nthr")
    reader = OutputReader(stream)
    assert reader.drain() == "one\ntwo"
    os.write(writing, b"ee\n")
    assert reader.drain() == "three"


def test_an_empty_pipe_answers_at_once(pipe: tuple[io.FileIO, int], monkeypatch: pytest.MonkeyPatch) -> None:
    def sleep(seconds: float) -> None:
        raise AssertionError(f"waits {seconds} s")

    monkeypatch.setattr("time.sleep", sleep)
    assert OutputReader(pipe[0]).drain() == ""


def test_lines_are_given_once_and_the_last_one_without_its_end_too(pipe: tuple[io.FileIO, int]) -> None:
    reading, writing = os.pipe()
    reader = OutputReader(io.FileIO(reading))
    thread = threading.Thread(target=reader.run)
    thread.start()
    os.write(writing, b"first\nno end")
    os.close(writing)
    thread.join(timeout=30)
    assert reader.drain() == "first\nno end"
    assert reader.drain() == ""


def test_bytes_that_are_no_text_do_not_stop_the_reading(pipe: tuple[io.FileIO, int]) -> None:
    stream, writing = pipe
    os.write(writing, b"\xff\xfe\nfine\n")
    assert OutputReader(stream).drain().endswith("\nfine")
