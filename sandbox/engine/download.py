"""Pulumi's own release of the engine, fetched within a short time limit and checked before it is unpacked.

Trust: the archive and its SHA-256 list come from the same host over TLS, as Pulumi publishes them
(https://www.pulumi.com/docs/install/versions/). The check finds a damaged, truncated or mixed-up download; against
whoever controls that host it protects no better than TLS does. The Go build is the stronger one: go.sum pins every
module's hash.

It deliberately does not retry and remembers no failure: when it fails, the engine is built instead and from then on
found in the cache, so that the limits below are waited for at most until then.
"""

import hashlib
import hmac
import shutil
import socket
import tarfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from http.client import HTTPException, HTTPMessage
from pathlib import Path, PurePosixPath
from typing import IO

from sandbox.engine.on_path import reported_version
from sandbox.engine.release import ENGINE_VERSION, EXECUTOR, LANGUAGE_HOST, Platform, is_new_enough

OFFICIAL_RELEASES = "https://get.pulumi.com/releases/sdk"
CONNECT_SECONDS = 5.0
"""For name resolution, for the connection, and for each silence afterwards."""
TOTAL_SECONDS = 300.0
"""For the whole archive (about 150 MB: 4 Mbit/s)."""
CHECKSUMS_BYTES = 1_000_000
ARCHIVE_BYTES = 1_000_000_000
CHUNK_BYTES = 1 << 20
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class DownloadError(Exception):
    """Why there is no official engine; the next source is tried, so it is told as progress and not as an error."""


def download_engine(
    target: Path,
    *,
    platform: Platform,
    releases: str = OFFICIAL_RELEASES,
    total_seconds: float = TOTAL_SECONDS,
    connect_seconds: float = CONNECT_SECONDS,
) -> None:
    """Fills `target` with the official executables. Raises `DownloadError`, and `OSError` for the local disk."""
    name = platform.official_name
    if name is None:
        raise DownloadError(f"Pulumi publishes no engine for {platform}")
    fetch = _Fetch(releases=releases, connect_seconds=connect_seconds, deadline=time.monotonic() + total_seconds)
    archive_name = f"pulumi-v{ENGINE_VERSION}-{name}.tar.gz"
    expected = published_checksum(fetch.text(f"pulumi-{ENGINE_VERSION}-checksums.txt"), archive_name)
    archive = target / archive_name
    if not hmac.compare_digest(fetch.file(archive_name, archive), expected):
        raise DownloadError(f"{archive_name} does not match its published SHA-256 checksum")
    unpack(archive, target)
    archive.unlink()
    missing = [name for name in ("pulumi", LANGUAGE_HOST, EXECUTOR) if not (target / name).is_file()]
    if missing:
        raise DownloadError(f"{archive_name} lacks {', '.join(missing)}")
    version = reported_version(target / "pulumi")
    if version is None or not is_new_enough(version):
        raise DownloadError(f"the `pulumi` of {archive_name} does not run here")


def published_checksum(listing: str, name: str) -> str:
    """The SHA-256 of `name` (64 lower-case hexadecimal digits) in a list of `<digest>  <name>` lines."""
    for line in listing.splitlines():
        digest, _, listed = line.strip().partition(" ")
        if listed.strip().lstrip("*") == name and len(digest) == hashlib.sha256().digest_size * 2:
            return digest.lower()
    raise DownloadError(f"the published checksums do not name {name}")


def unpack(archive: Path, target: Path) -> None:
    """Unpacks the plain files of the archive's `pulumi/` folder into `target`; refuses an archive with others."""
    try:
        with tarfile.open(archive, "r:gz") as members:
            for member in members:
                place = PurePosixPath(member.name)
                if member.isdir() and place.parts[:1] == ("pulumi",) and ".." not in place.parts:
                    continue
                if not member.isfile() or len(place.parts) < 2 or place.parts[0] != "pulumi" or ".." in place.parts:
                    raise DownloadError(f"the archive holds {member.name!r}, which is not a plain file below pulumi/")
                stream = members.extractfile(member)
                if stream is None:
                    raise DownloadError(f"the archive's {member.name!r} cannot be read")
                path = target.joinpath(*place.parts[1:])
                path.parent.mkdir(parents=True, exist_ok=True)
                with stream, path.open("xb") as file:
                    shutil.copyfileobj(stream, file, CHUNK_BYTES)
                path.chmod(0o755)
    except (tarfile.TarError, EOFError, FileExistsError) as error:
        raise DownloadError(f"the archive cannot be unpacked ({error})") from error


class _HttpsRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never from TLS to anything weaker."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        try:
            _require_trusted_address(newurl)
        except DownloadError:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _require_trusted_address(address: str) -> None:
    parts = urllib.parse.urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise DownloadError(f"{address} is neither https nor on this machine")


class _Fetch:
    """Bounded GET requests below one address."""

    def __init__(self, *, releases: str, connect_seconds: float, deadline: float) -> None:
        _require_trusted_address(releases)
        self._releases = releases.rstrip("/")
        self._connect_seconds = connect_seconds
        self._deadline = deadline
        self._opener = urllib.request.build_opener(_HttpsRedirects())
        host = urllib.parse.urlsplit(releases).hostname or ""
        if not urllib.request.getproxies():  # with a proxy, it is the proxy that resolves
            _require_resolvable(host, connect_seconds)

    def text(self, name: str) -> str:
        """A small file's text."""
        chunks: list[bytes] = []
        self._each_chunk(name, CHECKSUMS_BYTES, chunks.append)
        return b"".join(chunks).decode("utf-8", "replace")

    def file(self, name: str, path: Path) -> str:
        """Writes a file and answers its SHA-256 in hexadecimal digits."""
        digest = hashlib.sha256()
        with path.open("wb") as stream:

            def keep(chunk: bytes) -> None:
                digest.update(chunk)
                stream.write(chunk)

            self._each_chunk(name, ARCHIVE_BYTES, keep)
        return digest.hexdigest()

    def _each_chunk(self, name: str, limit: int, use: Callable[[bytes], object]) -> None:
        address = f"{self._releases}/{name}"
        received = 0
        try:
            with self._opener.open(address, timeout=self._connect_seconds) as response:
                while chunk := response.read1(CHUNK_BYTES):
                    received += len(chunk)
                    if received > limit:
                        raise DownloadError(f"{address} is larger than {limit} bytes")
                    if time.monotonic() > self._deadline:
                        raise DownloadError(f"{address} did not arrive in time")
                    _write(use, chunk)
                promised = response.headers.get("Content-Length")
                if promised is not None and int(promised) != received:
                    raise DownloadError(f"{address} ended after {received} of {promised} bytes")
        except _WriteError as error:
            raise error.cause from None
        except urllib.error.HTTPError as error:
            error.close()  # it is the open response
            raise DownloadError(f"{address}: {error}") from error
        except urllib.error.URLError as error:
            raise DownloadError(f"{address}: {error.reason}") from error
        except (OSError, HTTPException) as error:
            raise DownloadError(f"{address}: {str(error) or type(error).__name__}") from error


class _WriteError(Exception):
    """Keeps an error of the local disk apart from one of the network: both are `OSError`."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(str(cause))
        self.cause = cause


def _write(use: Callable[[bytes], object], chunk: bytes) -> None:
    try:
        use(chunk)
    except OSError as error:
        raise _WriteError(error) from error


def _require_resolvable(host: str, seconds: float) -> None:
    # The resolver has no time limit of its own that could be set, and a machine without a network can wait for it long.
    outcome: list[OSError | None] = []

    def resolve() -> None:
        try:
            socket.getaddrinfo(host, None)
        except OSError as error:
            outcome.append(error)
        else:
            outcome.append(None)

    thread = threading.Thread(target=resolve, name="resolve-release-host", daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise DownloadError(f"{host} was not resolved within {seconds:.0f} s")
    if outcome[0] is not None:
        raise DownloadError(f"{host} cannot be resolved ({outcome[0]})")
