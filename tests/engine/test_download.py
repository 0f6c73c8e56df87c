import contextlib
import hashlib
import tarfile
import threading
import time
from collections.abc import Callable, Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sandbox.engine.download import DownloadError, download_engine, published_checksum, unpack
from sandbox.engine.release import ENGINE_VERSION, EXECUTOR, LANGUAGE_HOST, Platform
from tests.engine.fake_tools import release_archive

LINUX = Platform(system="linux", machine="x86_64")
ARCHIVE = f"pulumi-v{ENGINE_VERSION}-linux-x64.tar.gz"
CHECKSUMS = f"pulumi-{ENGINE_VERSION}-checksums.txt"

Answer = Callable[[BaseHTTPRequestHandler], None]


def body(content: bytes, *, promised: int | None = None) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(content) if promised is None else promised))
        request.end_headers()
        request.wfile.write(content)

    return answer


def checksums(archive: bytes) -> Answer:
    of_another = f"{'0' * 64}  pulumi-v{ENGINE_VERSION}-darwin-x64.tar.gz\n"
    return body(f"{of_another}{hashlib.sha256(archive).hexdigest()}  {ARCHIVE}\n".encode())


@contextlib.contextmanager
def releases(answers: dict[str, Answer]) -> Generator[str, None, None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = answers.get(self.path.removeprefix("/"))
            if answer is None:
                self.send_error(404)
            else:
                answer(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name it overrides
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def download(target: Path, answers: dict[str, Answer], **limits: float) -> None:
    target.mkdir()
    with releases(answers) as address:
        download_engine(target, platform=LINUX, releases=address, **limits)


def test_a_release_with_its_published_checksum_is_unpacked_and_runs(tmp_path: Path) -> None:
    archive = release_archive()

    download(tmp_path / "engine", {CHECKSUMS: checksums(archive), ARCHIVE: body(archive)})

    assert {file.name for file in (tmp_path / "engine").iterdir()} == {"pulumi", LANGUAGE_HOST, EXECUTOR}


def test_an_archive_that_differs_from_its_checksum_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="does not match its published SHA-256 checksum"):
        download(tmp_path / "engine", {CHECKSUMS: checksums(b"another"), ARCHIVE: body(release_archive())})

    assert not (tmp_path / "engine" / "pulumi").exists()


def test_an_archive_that_the_checksums_do_not_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=f"do not name {ARCHIVE}"):
        download(tmp_path / "engine", {CHECKSUMS: body(b"<html>sorry</html>"), ARCHIVE: body(release_archive())})


def test_a_release_that_does_not_exist_is_told_with_its_address(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=f"{CHECKSUMS}: .*404"):
        download(tmp_path / "engine", {})


def test_a_download_that_ends_early_is_refused(tmp_path: Path) -> None:
    archive = release_archive()
    answers = {CHECKSUMS: checksums(archive), ARCHIVE: body(archive[:-10], promised=len(archive))}

    with pytest.raises(DownloadError, match=r"ended after|IncompleteRead"):
        download(tmp_path / "engine", answers)


def test_a_server_that_says_nothing_is_given_up(tmp_path: Path) -> None:
    given_up = threading.Event()

    def say_nothing(_request: BaseHTTPRequestHandler) -> None:
        given_up.wait(60)

    try:
        with pytest.raises(DownloadError, match="timed out"):
            download(tmp_path / "engine", {CHECKSUMS: say_nothing}, connect_seconds=0.2)
    finally:
        given_up.set()


def test_a_server_that_sends_forever_in_drips_is_given_up(tmp_path: Path) -> None:
    def drip(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(1200):
                request.wfile.write(b"#" * 80)
                request.wfile.flush()
                time.sleep(0.05)

    with pytest.raises(DownloadError, match="did not arrive in time"):
        download(tmp_path / "engine", {CHECKSUMS: drip}, total_seconds=0.3)


def test_a_host_that_cannot_be_resolved_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"releases\.invalid"):
        download_engine(tmp_path, platform=LINUX, releases="https://releases.invalid/sdk", connect_seconds=0.5)


@pytest.mark.parametrize("address", ["http://releases.example/sdk", "ftp://127.0.0.1/sdk", "file:///etc"])
def test_only_https_or_this_machine_is_fetched_from(tmp_path: Path, address: str) -> None:
    with pytest.raises(DownloadError, match="neither https nor on this machine"):
        download_engine(tmp_path, platform=LINUX, releases=address)


def test_a_redirect_away_from_tls_is_not_followed(tmp_path: Path) -> None:
    def redirect(request: BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", "http://releases.example/sdk")
        request.send_header("Content-Length", "0")
        request.end_headers()

    with pytest.raises(DownloadError, match=r"http://releases\.example/sdk is neither https"):
        download(tmp_path / "engine", {CHECKSUMS: redirect})


def test_a_platform_that_nothing_is_published_for_is_not_asked_for(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="publishes no engine for linux-riscv64"):
        download_engine(tmp_path, platform=Platform(system="linux", machine="riscv64"), releases="http://127.0.0.1:1")


def test_a_release_without_a_python_language_host_is_refused(tmp_path: Path) -> None:
    archive = release_archive({"pulumi/pulumi": "#!/bin/sh\n"})

    with pytest.raises(DownloadError, match=f"lacks {LANGUAGE_HOST}"):
        download(tmp_path / "engine", {CHECKSUMS: checksums(archive), ARCHIVE: body(archive)})


def test_a_release_whose_engine_does_not_run_here_is_refused(tmp_path: Path) -> None:
    archive = release_archive({f"pulumi/{name}": "#!/nowhere\n" for name in ("pulumi", LANGUAGE_HOST, EXECUTOR)})

    with pytest.raises(DownloadError, match="does not run here"):
        download(tmp_path / "engine", {CHECKSUMS: checksums(archive), ARCHIVE: body(archive)})


def link(name: str, target: str, kind: bytes) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return entry


@pytest.mark.parametrize(
    "members",
    [
        {"pulumi/../../escaped": "x"},
        {"../escaped": "x"},
        {"/escaped": "x"},
        {"elsewhere/escaped": "x"},
        {"pulumi/link": link("pulumi/link", "/etc/passwd", tarfile.SYMTYPE)},
        {"pulumi/hard": link("pulumi/hard", "/etc/passwd", tarfile.LNKTYPE)},
        {"pulumi/device": link("pulumi/device", "", tarfile.CHRTYPE)},
    ],
    ids=["up and out", "above", "absolute", "another folder", "symbolic link", "hard link", "device"],
)
def test_an_archive_with_anything_but_plain_files_in_its_folder_is_refused(
    tmp_path: Path, members: dict[str, str | tarfile.TarInfo]
) -> None:
    (tmp_path / "archive").write_bytes(release_archive(members))
    (tmp_path / "inner" / "target").mkdir(parents=True)

    with pytest.raises(DownloadError, match="not a plain file below pulumi/"):
        unpack(tmp_path / "archive", tmp_path / "inner" / "target")

    assert [path.name for path in tmp_path.rglob("*") if not path.is_dir()] == ["archive"]
    assert not Path("/escaped").exists()


def test_something_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "archive").write_bytes(b"not gzip")

    with pytest.raises(DownloadError, match="cannot be unpacked"):
        unpack(tmp_path / "archive", tmp_path)


def test_a_checksum_is_read_from_either_form_of_list() -> None:
    digest = "AB" * 32

    assert published_checksum(f"{digest}  {ARCHIVE}\n", ARCHIVE) == digest.lower()
    assert published_checksum(f"{digest} *{ARCHIVE}\n", ARCHIVE) == digest.lower()
