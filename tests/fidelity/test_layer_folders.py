"""The same layers are unpacked once, however many execution environments have them."""

import tempfile
import zipfile
from pathlib import Path

import pytest

from sandbox.fidelity.lambda_python.folders import make_folders, unpacked_layers
from sandbox.lambda_runtime.interpreters import Interpreter
from tests.support.functions import archive

LIBRARY = archive({"python/library.py": "PLACE = 'library'\n", "tool.txt": "of the library\n"})
OVERLAY = archive({"tool.txt": "of the overlay\n"})


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The process's temporary folder."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_environments_with_the_same_layers_share_their_folder_and_nothing_else(temporary: Path) -> None:
    interpreter = Interpreter(executable=Path("/usr/bin/python3"), minor=12)
    one, other = (make_folders(temporary, [LIBRARY, bytes(bytearray(OVERLAY))], interpreter) for _ in range(2))

    assert one.layers == other.layers
    assert (one.layers / "tool.txt").read_text() == "of the overlay\n"
    assert not one.layers.is_relative_to(one.root)  # it stays when the environment goes
    assert len({one.root, other.root, one.home, other.home, one.interpreter, other.interpreter}) == 6


def test_other_layers_and_another_order_have_folders_of_their_own() -> None:
    folders = {unpacked_layers(layers) for layers in ([], [LIBRARY], [LIBRARY, OVERLAY], [OVERLAY, LIBRARY])}

    assert len(folders) == 4
    assert (unpacked_layers([OVERLAY, LIBRARY]) / "tool.txt").read_text() == "of the library\n"
    assert list(unpacked_layers([]).iterdir()) == []


def test_of_a_damaged_layer_nothing_is_left(temporary: Path) -> None:
    for _ in range(2):
        with pytest.raises(zipfile.BadZipFile):
            unpacked_layers([LIBRARY, b"no archive"])
    assert list(temporary.iterdir()) == []
