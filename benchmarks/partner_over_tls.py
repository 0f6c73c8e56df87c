"""The deployed partner API over TLS: how soon a revoked certificate is denied; `POST /token` with and without cache.

From the start of `client revoke` (its command, with clients of AWS that are warm: not the start of Python) to the first
denial that a caller gets who asks again and again. A new token is asked for with a certificate that has none yet: its
time has the sandbox's Cognito in it, its trigger's function included, where AWS's would be. All connections are kept.
"""

import secrets
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from benchmarks.measure import Row, median_ratio
from sandbox.commands.looking import deployed_caller
from sandbox.commands.session import attach
from sandbox.tour.caller import Answer
from tests.support.checkout import checked_out
from tests.support.partner_api import FORM, Connection, PartnerApi

REVOCATIONS, TOKENS = 15, 31
TARGET_SECONDS = 1.0
BETWEEN_CALLS_SECONDS = 0.02
PATIENCE_SECONDS = 60.0
MILLISECONDS = 1_000.0
PARTNER_ONLY = {f"gatehouse:{system}Enabled": False for system in ("hello", "tenant", "workload")}


def run(progress: Callable[[str], None]) -> list[Row]:
    """Deploy, revoke and ask for tokens; raises RuntimeError where an answer is not what such a moment has."""
    progress("deploying")
    with tempfile.TemporaryDirectory(prefix="gatehouse-benchmark-") as name:
        folder = Path(name)
        for part in ("checkout", "partners"):
            (folder / part).mkdir()
        with checked_out(folder / "checkout", settings=PARTNER_ONLY) as checkout:
            deployed = checkout.make("up")
            if deployed.returncode:
                raise RuntimeError(f"make up ended with {deployed.returncode}\n{deployed.stdout}")
            api = PartnerApi(deployed_caller(attach(checkout.project)), folder / "partners")
            with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
                revocations = [_revocation(api) for _ in range(REVOCATIONS + 1)][1:]
                tokens = [_token_times(api) for _ in range(TOKENS + 1)][1:]
    return [*_revocation_rows(*zip(*revocations, strict=True)), *_token_rows(*zip(*tokens, strict=True))]


def _revocation(api: PartnerApi) -> tuple[float, float]:
    """Seconds until a partner is denied that calls while its certificate is revoked, and of the whole command."""
    client_id = _new_name()
    issued = api.partner(client_id)
    token = api.access_token(issued)
    denied_at: list[float] = []
    allowed = threading.Event()

    def call() -> None:
        give_up = time.monotonic() + PATIENCE_SECONDS
        with api.connect(issued) as connection:
            while time.monotonic() < give_up:
                answer = connection.request("GET", "/protected", headers={"Authorization": f"Bearer {token}"})
                if answer.status == 403:
                    denied_at.append(time.monotonic())
                    return
                _require_ok(answer)
                allowed.set()
                time.sleep(BETWEEN_CALLS_SECONDS)

    calling = threading.Thread(target=call)
    calling.start()
    allowed.wait(PATIENCE_SECONDS)
    began = time.monotonic()
    api.operate("client", "revoke", client_id)
    ended = time.monotonic()
    calling.join()
    if not denied_at:
        raise RuntimeError(f"a revoked certificate is still let in after {PATIENCE_SECONDS:.0f} s")
    return denied_at[0] - began, ended - began


def _token_times(api: PartnerApi) -> tuple[float, float]:
    """Milliseconds of a new token and of the same one from the cache, each on a connection that has been used."""
    client_id = _new_name()
    with api.connect(api.partner(client_id)) as connection:
        _require_ok(connection.request("GET", "/health"))
        return _token_time(connection), _token_time(connection)


def _token_time(connection: Connection) -> float:
    began = time.perf_counter()
    _require_ok(connection.request("POST", "/token", headers=FORM, body="grant_type=client_credentials"))
    return (time.perf_counter() - began) * MILLISECONDS


def _new_name() -> str:
    return f"benchmark-{secrets.token_hex(4)}"


def _require_ok(answer: Answer) -> None:
    if answer.status != 200:
        raise RuntimeError(f"200 was expected: {answer}")


def _revocation_rows(until_denied: tuple[float, ...], commands: tuple[float, ...]) -> list[Row]:
    median, longest = statistics.median(until_denied), max(until_denied)
    return [
        Row(
            what=f"client revoke, until the first denial (the longest of {len(until_denied)}: {longest:.2f} s)",
            median=median,
            unit="s",
            against="the command's own time",
            ratio=median_ratio(until_denied, commands),
            target=f"under {TARGET_SECONDS:.0f} s",
            reached=median < TARGET_SECONDS,
        ),
        Row(what="client revoke, the command's own time", median=statistics.median(commands), unit="s"),
    ]


def _token_rows(obtained: tuple[float, ...], cached: tuple[float, ...]) -> list[Row]:
    return [
        Row(what="POST /token over TLS, from the cache", median=statistics.median(cached), unit="ms"),
        Row(
            what="POST /token over TLS, a new token of the sandbox's Cognito",
            median=statistics.median(obtained),
            unit="ms",
            against="from the cache",
            ratio=median_ratio(obtained, cached),
        ),
    ]
