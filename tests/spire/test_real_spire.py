"""JWT-SVIDs of the real SPIRE, from its server and from an agent's Workload API, held to the SPIFFE verifier."""

import http.server
import json
import threading
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jwt
import pytest

from jwt_verification.errors import JwtError
from jwt_verification.key_set_errors import KeySetUnreachable
from sandbox.errors import SandboxError
from sandbox.spiffe_issuer.issuer import SpiffeIssuer
from sandbox.spire.processes import ensure_running
from spiffe_verifier.from_environment import verifier_of
from spiffe_verifier.jwt_svid_verifier import JwtSvidVerifier
from tests.support.spire import TRUST_DOMAIN, RunningSpire, workloads

AUDIENCE = "api://poc"


class Minutes:
    """A monotonic clock that a test moves on, so that nothing waits for a cool-down."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pass_one(self) -> None:
        self.now += 60.0


def verifier(spire: RunningSpire, clock: Minutes | None = None, **changes: str) -> JwtSvidVerifier:
    """The verifier with the environment that a function would have."""
    environment = {
        "OIDC_ISSUER_URL": spire.record.issuer_url,
        "REQUIRED_TRUST_DOMAIN": f"spiffe://{TRUST_DOMAIN}",
        "EXPECTED_AUDIENCE": AUDIENCE,
        "PLAIN_HTTP_ISSUERS": "allowed",
        **changes,
    }
    return verifier_of(environment, monotonic_clock=clock or Minutes())


def refusal(checks: JwtSvidVerifier, token: str) -> str:
    with pytest.raises(JwtError) as refused:
        checks.verify(token)
    return refused.value.code


def test_a_token_that_the_server_mints_is_good(spire: RunningSpire) -> None:
    svid = verifier(spire).verify(spire.commands.mint(spire.workload, ["api://other", AUDIENCE], seconds=60))
    assert str(svid.spiffe_id) == spire.workload
    assert list(svid.audience) == ["api://other", AUDIENCE]


def test_a_workload_gets_a_good_token_from_the_agent(spire: RunningSpire) -> None:
    svid = verifier(spire).verify(spire.commands.fetch(spire.workload, [AUDIENCE]))
    assert str(svid.spiffe_id) == spire.workload


def test_a_workload_that_is_not_registered_gets_no_token(spire: RunningSpire) -> None:
    with pytest.raises(SandboxError, match=r"`spire-agent api fetch` failed: .*no identity issued"):
        spire.commands.fetch(f"spiffe://{TRUST_DOMAIN}/ns/prod/sa/another", [AUDIENCE])


def test_spires_own_tokens_are_refused_where_they_are_not_meant(spire: RunningSpire) -> None:
    token = spire.commands.mint(spire.workload, [AUDIENCE], seconds=60)
    assert refusal(verifier(spire, EXPECTED_AUDIENCE="api://other"), token) == "wrong_audience"
    assert refusal(verifier(spire, REQUIRED_TRUST_DOMAIN="company-internal"), token) == "wrong_trust_domain"


def test_spires_trust_bundle_does_in_the_place_of_its_discovery_document(spire: RunningSpire) -> None:
    bundle = spire.commands.server("bundle", "show", "-format", "spiffe")
    with serving(bundle.encode()) as url:
        checks = verifier(spire, OIDC_ISSUER_URL="", TRUST_BUNDLE_URL=f"{TRUST_DOMAIN}={url}")
        svid = checks.verify(spire.commands.fetch(spire.workload, [AUDIENCE]))
    assert str(svid.spiffe_id) == spire.workload


def test_a_longest_spiffe_id_is_minted_and_verified(spire: RunningSpire) -> None:
    spiffe_id = f"spiffe://{TRUST_DOMAIN}/".ljust(2048, "a")
    assert str(verifier(spire).verify(spire.commands.mint(spiffe_id, [AUDIENCE], seconds=60)).spiffe_id) == spiffe_id


def test_nobody_is_refused_while_spires_key_is_rotated_under_load(spire: RunningSpire) -> None:
    clock = Minutes()
    checks = verifier(spire, clock)
    tokens = [spire.commands.mint(spire.workload, [AUDIENCE], seconds=300)]
    done = threading.Event()
    verified: list[int] = []
    failures: list[BaseException] = []

    def load() -> None:
        count = 0
        try:
            while not done.is_set() or count == 0:
                for token in tuple(tokens):
                    checks.verify(token)
                    count += 1
        except BaseException as error:  # noqa: BLE001 - told to the test, whatever it is
            failures.append(error)
        verified.append(count)

    threads = [threading.Thread(target=load) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(2):
            clock.pass_one()  # a verifier's keys are older than its cool-down when SPIRE's key changes
            spire.rotate()
            tokens.append(spire.commands.mint(spire.workload, [AUDIENCE], seconds=300))
            tokens.append(spire.commands.fetch(spire.workload, [f"{AUDIENCE}", f"api://{len(tokens)}"]))
    finally:
        done.set()
        for thread in threads:
            thread.join(timeout=60)
    assert not failures, failures
    assert len(verified) == 3
    assert len(set(spire.key_ids())) >= 3, "the keys that signed these tokens are all published"


def test_while_the_provider_is_down_known_keys_go_on_unknown_ones_wait_and_nobody_new_is_let_in(
    spire: RunningSpire,
) -> None:
    clock = Minutes()
    checks, started_later = verifier(spire, clock), verifier(spire, clock)
    known = spire.commands.mint(spire.workload, [AUDIENCE], seconds=300)
    checks.verify(known)

    spire.stop_provider()
    clock.pass_one()
    spire.commands.activate_jwt_key(spire.commands.prepare_jwt_key())
    unknown = spire.commands.mint(spire.workload, [AUDIENCE], seconds=300)
    assert str(checks.verify(known).spiffe_id) == spire.workload
    assert refusal(checks, unknown) == "unknown_key"
    with pytest.raises(KeySetUnreachable):  # not a refusal of the token: nothing is known about it
        started_later.verify(known)

    spire.start_again()
    clock.pass_one()
    for verifies in (checks, started_later):
        for token in (known, unknown, spire.commands.fetch(spire.workload, [AUDIENCE])):
            assert str(verifies.verify(token).spiffe_id) == spire.workload


def test_the_built_in_issuer_publishes_and_signs_what_spire_does(spire: RunningSpire, tmp_path: Path) -> None:
    built_in = SpiffeIssuer(tmp_path, base_url="http://127.0.0.1", clock=time.time)
    discovery = fetched(f"{spire.record.issuer_url}/.well-known/openid-configuration")
    ours = built_in.discovery(TRUST_DOMAIN)
    addresses = {"issuer", "jwks_uri"}
    assert {name: value for name, value in ours.items() if name not in addresses} == {
        name: value for name, value in discovery.items() if name not in addresses
    }
    assert set(ours) == set(discovery)

    keys = fetched(f"{spire.record.issuer_url}/keys")
    assert {frozenset(key) for key in keys["keys"]} == {
        frozenset(key) for key in built_in.key_set(TRUST_DOMAIN)["keys"]
    }
    bundle = json.loads(spire.commands.server("bundle", "show", "-format", "spiffe"))
    authorities = [key for key in bundle["keys"] if key["use"] == "jwt-svid"]
    assert {frozenset(key) for key in authorities} == {frozenset(key) for key in built_in.bundle(TRUST_DOMAIN)["keys"]}
    assert "spiffe_sequence" in bundle

    tokens = (
        spire.commands.mint(spire.workload, [AUDIENCE], seconds=60),
        built_in.mint(TRUST_DOMAIN, {"sub": spire.workload, "aud": AUDIENCE, "ttl": 60})["token"],
    )
    headers = [jwt.get_unverified_header(token) for token in tokens]
    assert headers[0] == {**headers[1], "kid": headers[0]["kid"]}
    theirs, own = (jwt.decode(token, options={"verify_signature": False}) for token in tokens)
    assert theirs.keys() == own.keys()
    assert (theirs["aud"], own["aud"]) == ([AUDIENCE], [AUDIENCE])


def fetched(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def test_starting_what_runs_changes_nothing(spire: RunningSpire) -> None:
    again = ensure_running(
        spire.state_directory, binaries=spire.programs, trust_domain=TRUST_DOMAIN, workloads=workloads()
    )
    assert again == spire.record
    assert len(spire.commands.entries(spire.workload)) == 1


def test_what_spire_keeps_is_for_its_user_only(spire: RunningSpire) -> None:
    kept = [path for path in (spire.state_directory / "spire").rglob("*") if path.is_file()]
    assert any(path.name == "keys.json" for path in kept)
    private = {path.name for path in kept if path.suffix in {".json", ".sqlite3", ".conf"}}
    assert {"keys.json", "datastore.sqlite3", "spire-agent.conf"} <= private
    assert not any((spire.state_directory / "spire").stat().st_mode & 0o077 for _ in private)
    assert not Path(spire.record.server_socket).parent.stat().st_mode & 0o077


@contextmanager
def serving(body: bytes) -> Generator[str]:
    """The URL of a document on loopback."""

    class Document(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            del format, args

    server = http.server.HTTPServer(("127.0.0.1", 0), Document)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/bundle"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
