"""The pool's public token endpoint, with the real trigger: bound tokens, or none; and secrets that rotate unseen."""

from collections.abc import Iterator

import pytest

from tests.functions.partners.deployed_issuer import THUMBPRINT, DeployedIssuer
from tests.support.sandbox import running_sandbox


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeployedIssuer]:
    with running_sandbox(tmp_path_factory.mktemp("issuer"), with_provider=False) as sandbox:
        yield DeployedIssuer(sandbox)


def test_a_proof_of_the_token_function_makes_a_token_bound_to_the_certificate(issuer: DeployedIssuer) -> None:
    answer = issuer.token(issuer.secret(), issuer.proof())
    assert answer.status == 200
    assert answer.claims["cnf"] == {"x5t#S256": THUMBPRINT}
    assert answer.claims["client_id"] == issuer.client_id
    assert answer.claims["scope"] == "partner/orders.read"
    assert answer.body["expires_in"] == 15 * 60


def test_whoever_has_the_client_secret_and_no_proof_gets_no_token(issuer: DeployedIssuer) -> None:
    proof = issuer.proof()
    forgeries = {
        "none": None,
        "empty": {},
        "only a thumbprint": {"thumbprint": THUMBPRINT},
        "another thumbprint": {**proof, "thumbprint": "B" * 42 + "E"},
        "an older time": {**proof, "issued_at": str(int(proof["issued_at"]) - 61)},
        "another MAC": {**proof, "mac": "A" * len(proof["mac"])},
        "another client's": issuer.proof(client_id="anotherclient"),
        "another scope's": issuer.proof(scope="partner/orders.write"),
    }
    for forgery, metadata in forgeries.items():
        answer = issuer.token(issuer.secret(), metadata)
        assert answer.status == 400, forgery
        assert "access_token" not in answer.body, forgery


def test_a_scope_that_the_client_does_not_have_is_refused_by_the_pool(issuer: DeployedIssuer) -> None:
    answer = issuer.token(issuer.secret(), issuer.proof(scope="partner/orders.write"), scope="partner/orders.write")
    assert answer.status == 400


def test_a_rotation_is_seen_by_nobody_and_ends_the_secret_before_the_last(issuer: DeployedIssuer) -> None:
    first = issuer.secret()
    second = issuer.rotate()
    assert {issuer.token(each, issuer.proof()).status for each in (first, second)} == {200}
    third = issuer.rotate()
    assert issuer.active_secrets() == 2
    assert {issuer.token(each, issuer.proof()).status for each in (second, third)} == {200}
    assert issuer.token(first, issuer.proof()).body["error"] == "invalid_client"


def test_the_app_client_keeps_its_id_when_a_deployment_calls_again(issuer: DeployedIssuer) -> None:
    before = issuer.active_secrets()
    assert issuer.call_app_clients("update") == issuer.client_id
    assert issuer.active_secrets() == before
    assert issuer.token(issuer.secret(), issuer.proof()).status == 200
