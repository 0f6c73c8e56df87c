"""The zip that Lambda gets."""

import base64
import hashlib
import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from sandbox.provider import deployment_package as module
from sandbox.provider.deployment_package import code_sha256, deployment_package
from sandbox.provider.errors import ProviderError
from sandbox.provider.values import Archive, Asset


def names(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    (folder / "package").mkdir(parents=True)
    (folder / "package" / "module.py").write_text("VALUE = 1\n", encoding="utf-8")
    (folder / "run").write_text("#!/bin/sh\n", encoding="utf-8")
    (folder / "run").chmod(0o755)
    return folder


FILES = {"package/module.py": b"VALUE = 1\n", "run": b"#!/bin/sh\n"}


def test_the_same_contents_give_the_same_bytes_wherever_and_whenever(tree: Path, tmp_path: Path) -> None:
    first = deployment_package(Archive(path=str(tree)), None)
    moved = tree.rename(tmp_path / "elsewhere")
    os.utime(moved / "run", (1, 1))
    assets = {
        "run": Asset(path=str(moved / "run")),
        "package": Archive(assets={"module.py": Asset(text="VALUE = 1\n")}),
    }
    assert deployment_package(Archive(assets=assets), None) == first
    assert names(first) == FILES


def test_no_file_is_executable_as_in_the_zips_that_pulumi_makes(tree: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "code.tar", "w") as tar:
        tar.add(tree, arcname=".")
    assets = {"run": Asset(path=str(tree / "run")), "package": Archive(path=str(tree / "package"))}
    for archive in (Archive(path=str(tree)), Archive(assets=assets), Archive(path=str(tmp_path / "code.tar"))):
        with zipfile.ZipFile(io.BytesIO(deployment_package(archive, None))) as opened:
            modes = {entry.filename: entry.external_attr >> 16 for entry in opened.infolist()}
            assert {entry.date_time for entry in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert modes == {"package/module.py": 0o100644, "run": 0o100644}


def test_the_modes_of_a_zip_file_stay(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "code.zip", "w") as package:
        entry = zipfile.ZipInfo("extensions/watcher")
        entry.external_attr = 0o100755 << 16
        package.writestr(entry, "#!/bin/sh\n")
    with zipfile.ZipFile(io.BytesIO(deployment_package(Archive(path=str(tmp_path / "code.zip")), None))) as opened:
        assert opened.getinfo("extensions/watcher").external_attr >> 16 == 0o100755


def test_relative_paths_start_at_the_program(tree: Path) -> None:
    archive = Archive(assets={"run": Asset(path="code/run")})
    assert names(deployment_package(archive, tree.parent)) == {"run": FILES["run"]}
    with pytest.raises(
        ProviderError, match="code: code/run is relative, and the provider does not know to which folder"
    ):
        deployment_package(archive, None)


def test_a_zip_file_is_taken_as_it_is(tree: Path, tmp_path: Path) -> None:
    package = deployment_package(Archive(path=str(tree)), None)
    (tmp_path / "code.zip").write_bytes(package)
    assert deployment_package(Archive(path=str(tmp_path / "code.zip")), None) == package


def test_a_tar_file_is_made_a_zip(tree: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "code.tar.gz", "w:gz") as tar:
        tar.add(tree, arcname=".")
    assert names(deployment_package(Archive(path=str(tmp_path / "code.tar.gz")), None)) == FILES


def test_an_archive_inside_an_archive_is_unpacked_below_its_name(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "inner.zip").write_bytes(deployment_package(Archive(path=str(tree)), None))
    outer = Archive(assets={"lib": Archive(path=str(tmp_path / "inner.zip"))})
    assert names(deployment_package(outer, None)) == {f"lib/{name}": content for name, content in FILES.items()}


def test_the_hash_is_lambda_s() -> None:
    assert code_sha256(b"package") == base64.b64encode(hashlib.sha256(b"package").digest()).decode()


@pytest.mark.parametrize(
    ("archive", "message"),
    [
        (Archive(path="/no/such/folder"), "code: there is no file or folder /no/such/folder"),
        (Archive(assets={"a": Asset(path="/no/such/file")}), "code: /no/such/file cannot be read: No such file"),
        (Archive(uri="https://example.com/a.zip"), "code: archives by URL are not supported"),
        (Archive(assets={"a": Asset(uri="https://example.com/a")}), "code: assets by URL are not supported"),
        (Archive(), "code: the archive has no files"),
        (Archive(assets={"../a": Asset(text="x")}), "is not a path inside an archive"),
        (Archive(assets={"/": Asset(text="x")}), "is not a path inside an archive"),
    ],
)
def test_what_cannot_be_packed_is_told_in_one_line(archive: Archive, message: str) -> None:
    with pytest.raises(ProviderError, match=message):
        deployment_package(archive, None)


@pytest.mark.parametrize("name", ["code.zip", "code.tar"])
def test_a_file_that_is_no_archive_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("neither", encoding="utf-8")
    with pytest.raises(ProviderError, match=f"code: .*{name} is (not a zip file|neither a folder nor a readable)"):
        deployment_package(Archive(path=str(tmp_path / name)), None)


def test_a_package_that_lambda_would_not_take_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST_UPLOAD", 100)
    with pytest.raises(ProviderError, match="Lambda takes 100 directly; move libraries into a layer"):
        deployment_package(Archive(assets={"a": Asset(text="abcdefgh" * 200 + "xyz")}), None)
