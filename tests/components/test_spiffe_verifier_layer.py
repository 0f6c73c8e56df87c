"""The verifier's layer: what is in it and where, which of it may be executed, and what is refused."""

import os
import time
import zipfile
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.errors import ArgumentError
from components.function_platform import Architecture, FunctionPlatform
from components.layer_archive import UNUSED_SECONDS, layer_archive
from components.spiffe_verifier_layer import EXTENSION, PACKAGES, SpiffeVerifierLayerArgs
from components.wheels import WheelPlatform
from tests.components.fake_wheels import INSTALLED, FakeInstaller, write_lock
from tests.components.samples import spiffe_verifier_layer
from tests.support.mocks import deploy


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, Any]:
    """Arguments for a layer whose files outlive its declaration."""
    return {
        "lock": write_lock(tmp_path),
        "installer": FakeInstaller(tmp_path / "packages"),
        "archives": tmp_path / "archives",
    }


def modes_of(archive: Path) -> dict[str, int]:
    """Path in the archive -> its permissions."""
    with zipfile.ZipFile(archive) as opened:
        return {entry.filename: entry.external_attr >> 16 & 0o777 for entry in opened.infolist()}


def archive_of(**arguments: Any) -> Path:
    """The zip file of the layer that is declared."""
    declared = deploy(lambda: spiffe_verifier_layer(**arguments)).one("aws:lambda/layerVersion:LayerVersion")
    assert isinstance(declared.inputs["code"], pulumi.FileArchive)
    return Path(declared.inputs["code"].path)


def test_library_wheels_and_extension_are_where_lambda_looks_for_them(sources: dict[str, Any]) -> None:
    names = set(modes_of(archive_of(**sources)))
    assert {f"python/{package}/__init__.py" for package in PACKAGES} <= names
    assert {f"python/{name}" for name, needed in INSTALLED.items() if needed} <= names
    assert EXTENSION in names
    assert {name.partition("/")[0] for name in names} == {"python", "extensions"}


def test_the_extension_may_be_executed_and_nothing_else(sources: dict[str, Any]) -> None:
    modes = modes_of(archive_of(**sources))
    assert modes.pop(EXTENSION) == 0o755
    assert set(modes.values()) == {0o644}


def test_the_executable_bit_does_not_depend_on_the_checkout(sources: dict[str, Any], tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("#!/bin/sh\n")
    plain.chmod(0o644)
    assert modes_of(layer_archive("layer x", {EXTENSION: plain}, {EXTENSION}, tmp_path / "archives")) == {
        EXTENSION: 0o755
    }


@pytest.mark.parametrize(("extension", "says"), [(True, "extension"), (False, "in_process")])
def test_the_extension_is_left_out_where_it_is_switched_off_and_functions_are_told(
    extension: bool, says: str, sources: dict[str, Any]
) -> None:
    made = deploy(lambda: spiffe_verifier_layer(extension=extension, **sources))
    assert made.result.environment == {"SPIFFE_VERIFICATION": says}
    names = set(modes_of(Path(made.one("aws:lambda/layerVersion:LayerVersion").inputs["code"].path)))
    assert (EXTENSION in names) == extension
    assert "python/spiffe_verifier/__init__.py" in names


def test_the_wheels_are_for_the_runtime_and_architecture_of_the_functions(sources: dict[str, Any]) -> None:
    platform = FunctionPlatform(runtime="python3.12", architecture=Architecture.ARM64)
    stack = deploy(lambda: spiffe_verifier_layer(platform=platform, **sources))
    inputs = stack.one("aws:lambda/layerVersion:LayerVersion").inputs
    assert inputs["layerName"] == "spiffe-verifier"
    assert (inputs["compatibleRuntimes"], inputs["compatibleArchitectures"]) == (["python3.12"], ["arm64"])
    assert sources["installer"].asked == [WheelPlatform(python_version="3.12", machine="aarch64", glibc_minor=34)]


def test_the_same_files_are_the_same_archive_made_once(sources: dict[str, Any]) -> None:
    first = archive_of(**sources)
    written = first.read_bytes(), first.stat().st_ino
    assert archive_of(**sources) == first
    assert (first.read_bytes(), first.stat().st_ino) == written
    (sources["installer"].folder / "six.py").unlink()
    first.unlink()
    assert archive_of(**sources).read_bytes() == written[0]


def test_other_contents_names_or_modes_are_another_archive(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    (tmp_path / "b").write_text("two")
    archives = {
        layer_archive("layer x", files, executables, tmp_path / "archives")
        for files, executables in (
            ({"a": tmp_path / "a"}, ()),
            ({"a": tmp_path / "a"}, ("a",)),
            ({"b": tmp_path / "a"}, ()),
            ({"a": tmp_path / "b"}, ()),
            ({"a": tmp_path / "a", "b": tmp_path / "b"}, ()),
        )
    }
    assert len(archives) == 5


def test_archives_that_nobody_has_used_for_a_day_are_deleted_and_others_stay(tmp_path: Path) -> None:
    home, file = tmp_path / "archives", tmp_path / "file"
    made: list[Path] = []
    for content in ("old", "young", "new"):
        file.write_text(content)
        made.append(layer_archive("layer x", {"file": file}, (), home))
        if content != "new":
            age = UNUSED_SECONDS + 60 if content == "old" else UNUSED_SECONDS - 600
            used = time.time() - age
            os.utime(made[-1], (used, used))
    assert sorted(home.iterdir()) == sorted(made[1:])


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ArgumentError, match=r"layer x: the archive in .* cannot be written .* GATEHOUSE_CACHE"):
        layer_archive("layer x", {"file": tmp_path / "file"}, (), tmp_path / "file" / "archives")


def test_an_extension_that_is_not_there_is_refused_in_preview(
    sources: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("components.spiffe_verifier_layer.LAYER_DIRECTORY", tmp_path)
    with pytest.raises(ArgumentError, match=r"spiffe-verifier-extension is not there; restore it"):
        deploy(lambda: spiffe_verifier_layer(**sources))
    assert archive_of(extension=False, **sources).is_file()


def test_a_name_that_lambda_would_refuse_is_refused_in_preview() -> None:
    with pytest.raises(ArgumentError, match="layer_name: 'a b'"):
        SpiffeVerifierLayerArgs(layer_name="a b")


def test_a_lock_without_hashes_is_refused_in_preview(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"layer spiffe-verifier: lock: .* has no hash for cryptography"):
        SpiffeVerifierLayerArgs(lock=write_lock(tmp_path, "cryptography==46.0.0\n"))
