"""The workload API as it is deployed, called with JWT-SVIDs of the real SPIRE: who is let in, while SPIRE's key changes
and while its OIDC provider is gone.

SPIRE takes the place of the deployed issuer for a while, as `make spire` would make it for good. It publishes the next
key before it signs with it, so nothing here waits for a verifier's cool-down.
"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from sandbox.tour.caller import Caller
from sandbox.tour.workloads import WorkloadApi
from tests.support.live_authorizer import trusting
from tests.support.sandbox import wait_until
from tests.support.spire import RunningSpire, running_spire

AUDIENCE = "api://poc"
CALLERS = 2
ENVIRONMENTS = 5
"""More than callers: on a busy machine an environment is not free again when its answer is here."""
CALLS = 10


@pytest.fixture(scope="module")
def spire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSpire]:
    with running_spire(tmp_path_factory.mktemp("spire") / ".sandbox") as running:
        yield running


@pytest.fixture(scope="module")
def next_key(spire: RunningSpire) -> str:
    """The key that SPIRE publishes and does not sign with yet."""
    key_id = spire.commands.prepare_jwt_key()
    wait_until(lambda: key_id in spire.key_ids(), what="the provider publishes the prepared key")
    return key_id


@pytest.fixture(scope="module")
def workloads(caller: Caller, spire: RunningSpire, next_key: str) -> Iterator[WorkloadApi]:
    """The API, whose authorizer trusts SPIRE and fetches its keys anew."""
    del next_key
    api = WorkloadApi(caller)
    with trusting(api, OIDC_ISSUER_URL=spire.record.issuer_url):
        yield api


def minted(spire: RunningSpire) -> str:
    return spire.commands.mint(spire.workload, [AUDIENCE], seconds=300)


def test_spires_tokens_say_who_calls(workloads: WorkloadApi, spire: RunningSpire) -> None:
    identity = {"spiffe_id": spire.workload, "trust_domain": spire.record.trust_domain}
    for token in (minted(spire), spire.commands.fetch(spire.workload, [AUDIENCE])):
        answer = workloads.whoami(token)
        assert (answer.status, answer.document) == (200, identity)


def test_spires_tokens_for_others_are_refused(workloads: WorkloadApi, spire: RunningSpire) -> None:
    for_another = spire.commands.fetch(spire.workload, ["api://another"])
    by_another = spire.commands.mint("spiffe://company.internal/ns/dev/sa/api", [AUDIENCE], seconds=60)
    assert [workloads.whoami(token).status for token in (for_another, by_another)] == [401, 403]


def test_the_built_in_issuers_tokens_are_nobodys_now(workloads: WorkloadApi) -> None:
    issuer = f"{workloads.caller.endpoints.emulator_url}/_gatehouse/spiffe/company.internal"
    body = '{"sub": "spiffe://company.internal/ns/prod/sa/api", "aud": "api://poc"}'
    token = workloads.caller.request("POST", f"{issuer}/mint", body=body).document["token"]
    assert workloads.whoami(token).status == 401


def test_nobody_is_refused_while_spires_key_changes_and_its_provider_goes_away(
    workloads: WorkloadApi, spire: RunningSpire, next_key: str
) -> None:
    """Asked by fewer callers than there are environments: one that starts without a provider has no keys to go by."""
    tokens = [minted(spire)]
    with ThreadPoolExecutor(ENVIRONMENTS) as threads:
        first = [threads.submit(workloads.whoami, tokens[0]) for _ in range(ENVIRONMENTS * CALLS)]
        assert {each.result().status for each in first} == {200}
    answered: list[tuple[int, int]] = []
    done = Event()

    def call() -> None:
        while not done.is_set():
            number = len(tokens) - 1
            answered.append((number, workloads.whoami(tokens[number]).status))

    def seen(number: int, times: int) -> bool:
        return sum(each == number for each, _ in tuple(answered)) >= times

    with ThreadPoolExecutor(CALLERS) as threads:
        running = [threads.submit(call) for _ in range(CALLERS)]
        try:
            wait_until(lambda: seen(0, CALLS), what="calls with the old key")
            spire.commands.activate_jwt_key(next_key)
            tokens.append(minted(spire))
            wait_until(lambda: seen(1, CALLS), what="calls with the new key")
            spire.stop_provider()
            tokens.append(spire.commands.fetch(spire.workload, [AUDIENCE, "api://another"]))
            wait_until(lambda: seen(2, CALLS), what="calls without a provider")
        finally:
            done.set()
        for ended in running:
            ended.result()

    assert {status for _, status in answered} == {200}, Counter(answered)
