"""The workload API as it is deployed: the whole attack table over HTTP, issuers that misbehave, keys that change.

The deployed authorizer is told to trust issuers of the tests' own for a while; what it runs is what is deployed: its
archive, its layer, and the extension beside it.
"""

import contextlib
import json
import threading
import time
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from sandbox.tour.caller import Answer, Caller
from sandbox.tour.denials import NOT_ASKED, records
from sandbox.tour.workloads import API, AUTHORIZER, WorkloadApi
from tests.functions.spiffe.vectors import EC_KEY, EC_KEY_ID, WORKLOAD, World, spire_jwk, svid_header
from tests.support.live_authorizer import trusting
from tests.support.spiffe_documents import SpiffeDocuments
from tests.system.lifetimes import before_it_ends, wait_for_the_end

pytestmark = pytest.mark.timeout(900)

BACKEND = "whoami"
NO_EXTENSION = "SPIFFE extension does not answer"
RULES_FOR_ALL = json.dumps(
    [{"route": "GET /whoami", "prefixes": ["spiffe://company.internal", "spiffe://partner.example"]}]
)
FLOOD = 40
COOL_DOWN_SECONDS = 10  # jwt_verification.refreshing_key_source
# API Gateway takes 10,240 bytes of headers, so such a token does not get as far as the authorizer.
STOPPED_BY_API_GATEWAY = "token_too_large"


def reasons(caller: Caller, answers: Iterable[Answer]) -> list[str]:
    """Why the authorizer decided as it did, for each answer: the reason in its log, found by the ids of the request."""
    stage = caller.outputs["apis"][API]["stage"]
    accesses = {
        record["request_id"]: record["authorizer_request_id"]
        for record in records(caller.log_lines(f"/aws/apigateway/{API}/{stage}"))
    }
    decided = {
        record["request_id"]: record["reason"]
        for record in records(caller.log_lines(f"/aws/lambda/{AUTHORIZER}", containing="decision"))
        if "decision" in record
    }
    return [decided.get(accesses.get(answer.request_id, ""), NOT_ASKED) for answer in answers]


@pytest.fixture(scope="module")
def workloads(caller: Caller) -> WorkloadApi:
    api = WorkloadApi(caller)
    assert api.settings  # read once: as they are deployed, whatever a test changes for a while
    return api


@pytest.fixture(scope="module")
def documents() -> Iterator[SpiffeDocuments]:
    """What two trust domains publish, on loopback."""
    with SpiffeDocuments() as serving:
        yield serving


@pytest.fixture(scope="module")
def attacked(caller: Caller, workloads: WorkloadApi, documents: SpiffeDocuments) -> Iterator[World]:
    """The trust domains of the attack table, trusted by the live authorizer."""
    with trusting(workloads, **documents.world.environment, SPIFFE_ROUTE_RULES=RULES_FOR_ALL):
        yield documents.world


class TestTheAttackTable:
    """One configuration for all of them."""

    def test_every_good_token_is_let_in(self, attacked: World, workloads: WorkloadApi) -> None:
        for what, token in attacked.good().items():
            answer = workloads.whoami(token)
            assert answer.status == 200, (what, answer)
            assert answer.member("spiffe_id").startswith(f"spiffe://{answer.member('trust_domain')}"), what

    def test_every_attack_is_refused_for_its_own_reason_and_reaches_no_backend(
        self, attacked: World, workloads: WorkloadApi, caller: Caller
    ) -> None:
        before = caller.invocations(BACKEND)
        sent = [(code, what, token) for code, tokens in attacked.attacks().items() for what, token in tokens.items()]
        answers = [workloads.whoami(token) for _, _, token in sent]

        found = reasons(caller, answers)
        for (code, what, _), answer, reason in zip(sent, answers, found, strict=True):
            if code == STOPPED_BY_API_GATEWAY:
                assert answer.status in {400, 413, 431}, (what, answer)
                continue
            assert (reason, answer.status) == (code, 401), (what, answer)
            assert answer.document == {"message": "Unauthorized"}, what
            assert answer.headers["www-authenticate"] == "Bearer"
        assert len(sent) > 100
        assert caller.invocations(BACKEND) == before

    def test_a_flood_of_invented_kids_fetches_the_keys_at_most_once_in_a_cool_down(
        self, attacked: World, workloads: WorkloadApi, caller: Caller, documents: SpiffeDocuments
    ) -> None:
        fetched = documents.requests.count("/keys")
        began = time.monotonic()
        answers = [
            workloads.whoami(attacked.token(header=svid_header("ES256", f"invented-{number}")))
            for number in range(FLOOD)
        ]
        elapsed = time.monotonic() - began

        assert set(reasons(caller, answers)) == {"unknown_key"}
        assert documents.requests.count("/keys") - fetched <= 1 + elapsed // COOL_DOWN_SECONDS
        assert workloads.whoami(attacked.token()).status == 200

    def test_an_issuer_that_is_away_locks_nobody_out_whose_key_is_known(
        self, attacked: World, workloads: WorkloadApi, documents: SpiffeDocuments
    ) -> None:
        documents.down = True
        try:
            assert workloads.whoami(attacked.token()).status == 200
            assert workloads.whoami(attacked.token(header=svid_header("ES256", "invented"))).status == 401
        finally:
            documents.down = False

    def test_the_extension_has_verified_all_of_that(self, caller: Caller) -> None:
        lines = list(caller.log_lines(f"/aws/lambda/{AUTHORIZER}"))
        assert any('"extension": "spiffe-verifier"' in line for line in lines)
        assert not [line for line in lines if NO_EXTENSION in line]


def test_without_the_extension_the_same_is_decided_in_process(
    caller: Caller, workloads: WorkloadApi, documents: SpiffeDocuments
) -> None:
    world = documents.world
    sent = {code: next(iter(tokens.values())) for code, tokens in world.attacks().items()}
    del sent[STOPPED_BY_API_GATEWAY]
    with trusting(workloads, **world.environment, SPIFFE_ROUTE_RULES=RULES_FOR_ALL, SPIFFE_VERIFICATION="in_process"):
        assert workloads.whoami(world.token()).member("spiffe_id") == WORKLOAD
        answers = [workloads.whoami(token) for token in sent.values()]

    assert reasons(caller, answers) == list(sent)


HUNDRED_MB = 100 * 1024 * 1024
CHUNK = 64 * 1024


class Misbehaving(BaseHTTPRequestHandler):
    """Issuers at `/<name>`: each publishes the right keys, but for what its name says."""

    reached: list[str]
    ending: threading.Event

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the base class gives it
        del format, args

    def do_GET(self) -> None:
        """Answers as the issuer in the path does."""
        self.reached.append(self.path)
        _, name, document = self.path.split("/", 2)
        base = f"http://{self.headers['Host']}/{name}"
        keys = {"keys": [spire_jwk("ES256", key=EC_KEY, kid=EC_KEY_ID)]}
        if document == "keys":
            self._keys(name, keys)
        elif name == "another-issuer":
            self._send(200, {"issuer": f"{base}/", "jwks_uri": f"{base}/keys"})
        elif name == "file-keys":
            self._send(200, {"issuer": base, "jwks_uri": "file:///etc/passwd"})
        else:
            self._send(200, {"issuer": base, "jwks_uri": f"{base}/keys"})

    def _keys(self, name: str, keys: Any) -> None:
        if name == "huge":
            self.send_response(200)
            self.send_header("Content-Length", str(HUNDRED_MB))
            self.end_headers()
            self.wfile.write(b" " * 4_096)
        elif name == "endless":
            self.send_response(200)  # HTTP/1.0: the document ends with the connection
            self.end_headers()
            with contextlib.suppress(OSError):  # whoever reads it has had enough
                for _ in range(HUNDRED_MB // CHUNK):
                    self.wfile.write(b" " * CHUNK)
        elif name == "hanging":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.ending.wait(60)
        elif name == "redirecting":
            self.send_response(302)
            self.send_header("Location", f"http://{self.headers['Host']}/elsewhere/keys")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif name == "empty":
            self._send(200, {"keys": []})
        elif name == "failing":
            self._send(500, keys)
        else:
            self._send(200, keys)

    def _send(self, status: int, document: Any) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


MISBEHAVIOURS = {
    "huge": "key_set_too_large",
    "endless": "key_set_too_large",
    "hanging": "key_set_too_slow",
    "redirecting": "key_set_redirected",
    "another-issuer": "issuer_mismatch",
    "file-keys": "key_set_malformed",
    "empty": "unknown_key",
    "failing": "key_set_unreachable",
}


@contextmanager
def misbehaving_issuers() -> Generator[tuple[str, list[str]]]:
    """Their address, and the paths that were asked for."""
    reached: list[str] = []
    ending = threading.Event()
    handler = type("Handler", (Misbehaving,), {"reached": reached, "ending": ending})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", reached
    finally:
        ending.set()
        server.shutdown()
        serving.join()
        server.server_close()


def test_an_issuer_that_misbehaves_locks_out_its_own_trust_domain_and_no_other(
    caller: Caller, workloads: WorkloadApi
) -> None:
    world = World(now=int(time.time()))
    names = ["behaving", *MISBEHAVIOURS]
    with misbehaving_issuers() as (address, reached):
        domains = {name: f"{name}.example" for name in names}
        prefixes = [f"spiffe://{domain}" for domain in domains.values()]
        with trusting(
            workloads,
            OIDC_ISSUER_URL=",".join(f"{domains[name]}={address}/{name}" for name in names),
            REQUIRED_TRUST_DOMAIN=",".join(domains.values()),
            SPIFFE_ROUTE_RULES=json.dumps([{"route": "GET /whoami", "prefixes": prefixes}]),
        ):
            answers = {
                name: workloads.whoami(
                    world.token(sub=f"spiffe://{domains[name]}/ns/prod/sa/api", iss=f"{address}/{name}")
                )
                for name in names
            }
            found = dict(zip(answers, reasons(caller, answers.values()), strict=True))

    assert answers.pop("behaving").status == 200
    assert found == {"behaving": "allowed", **MISBEHAVIOURS}
    assert {answer.status for answer in answers.values()} == {401}
    assert not [path for path in reached if path.startswith("/elsewhere/")]


def test_keys_that_the_issuer_changes_under_load_refuse_nobody(workloads: WorkloadApi) -> None:
    before = workloads.token()
    issuer = workloads.issuer_url
    rotated = threading.Event()
    statuses: list[tuple[str, int]] = []

    def call() -> None:
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up:
            finished = rotated.is_set()
            statuses.append(("a token from before", workloads.whoami(before).status))
            if finished:
                return

    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(call)
        try:
            answer = workloads.caller.request(
                "POST", f"{issuer}/rotate", {"Content-Type": "application/json"}, body='{"key_type": "rsa-2048"}'
            )
            assert answer.status == 200, answer
            # Found by its unknown kid, which waits for the end of the cool-down after the last fetch.
            give_up = time.monotonic() + COOL_DOWN_SECONDS + 30
            while (status := workloads.whoami(workloads.token()).status) != 200 and time.monotonic() < give_up:
                time.sleep(0.5)
            statuses.append(("a token of the new key", status))
        finally:
            rotated.set()
        running.result()

    assert {what for what, _ in statuses} == {"a token from before", "a token of the new key"}
    assert {status for _, status in statuses} == {200}, statuses


def test_a_token_ends_to_the_second_also_where_api_gateway_keeps_the_decision(
    caller: Caller, workloads: WorkloadApi
) -> None:
    with decisions_kept(caller):
        assert workloads.whoami(workloads.token()).status == 200  # whatever has to start has started

        def use(ends: int) -> tuple[str, Answer, Answer]:
            token = workloads.unchecked_token(claims={"exp": ends})
            return token, workloads.whoami(token), workloads.whoami(token)

        ends, (token, asked, kept) = before_it_ends(use)
        wait_for_the_end(ends)
        late = workloads.whoami(token)

    assert (asked.status, kept.status) == (200, 200)
    assert (late.status, late.document) == (401, {"message": "Unauthorized: Token expired"})
    assert reasons(caller, [kept, late]) == [NOT_ASKED, NOT_ASKED]


@contextmanager
def decisions_kept(caller: Caller) -> Generator[None]:
    """Has API Gateway keep the decisions of the live authorizer, until the block ends."""
    rest_api_id, stage = caller.outputs["apis"][API]["url"].split("/")[-2:]
    gateway = caller.gateway
    [authorizer] = gateway.get_authorizers(restApiId=rest_api_id)["items"]
    deployed = gateway.get_stage(restApiId=rest_api_id, stageName=stage)["deploymentId"]

    def keep_for(seconds: int) -> None:
        operation = {"op": "replace", "path": "/authorizerResultTtlInSeconds", "value": str(seconds)}
        gateway.update_authorizer(restApiId=rest_api_id, authorizerId=authorizer["id"], patchOperations=[operation])

    def serve(deployment: str) -> None:
        operation = {"op": "replace", "path": "/deploymentId", "value": deployment}
        gateway.update_stage(restApiId=rest_api_id, stageName=stage, patchOperations=[operation])

    keep_for(60)
    changed = gateway.create_deployment(restApiId=rest_api_id)["id"]
    try:
        serve(changed)
        yield
    finally:
        serve(deployed)
        gateway.delete_deployment(restApiId=rest_api_id, deploymentId=changed)
        keep_for(authorizer["authorizerResultTtlInSeconds"])
