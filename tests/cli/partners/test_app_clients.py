"""The app client at Cognito that goes with a client, and its secret."""

import json

import pytest

from cli.certificates.ports import AppClient
from client_certificates.presented import certificate_in
from tests.cli.partners.place import PREFIX, READ, ROTATION, WRITE, Partners


def test_an_app_client_that_lacks_a_scope_is_not_taken(partners: Partners) -> None:
    partners.authority()
    partners.place.app_clients.by_name["partner.acme"] = AppClient(app_client_id="app-1", scopes=frozenset({WRITE}))
    assert f"lacks {READ}" in partners.refused(
        "client", "issue", "acme", "--name", "A", "--scope", READ, "--csr", partners.request(), "--ca", "partners"
    )


def _configured(partners: Partners, value: str) -> None:
    """A client that the deployment knows: app client and secret are made, and rotated, inside AWS."""
    partners.place.app_clients.by_name["anything"] = AppClient(app_client_id="app-1", scopes=frozenset({READ}))
    partners.place.secrets.values[f"{PREFIX}acme"] = value


def test_a_secret_that_the_deployment_rotates_is_never_written_over(partners: Partners) -> None:
    value = '{"client_id": "app-1", "client_secret": "rotated", "client_secret_id": "2"}'
    _configured(partners, value)
    partners.authority()
    record = partners.place.registry.records[certificate_in(partners.issue()).fingerprint]
    assert record.app_client_id == "app-1"
    assert partners.place.secrets.values[f"{PREFIX}acme"] == value
    assert list(partners.place.app_clients.by_name) == ["anything"]
    assert partners.place.secrets.rotations == {}


def test_the_secret_of_a_client_that_no_deployment_knows_is_made_and_rotated_by_the_deployment_s_function(
    partners: Partners,
) -> None:
    partners.authority()
    record = partners.place.registry.records[certificate_in(partners.issue()).fingerprint]
    assert record.app_client_id == "app-partner.acme"
    assert partners.place.secrets.rotations == {f"{PREFIX}acme": [(ROTATION.function_arn, ROTATION.days)]}
    assert partners.place.secrets.tags[f"{PREFIX}acme"] == {"gatehouse:client-secrets-prefix": PREFIX}


def test_a_first_rotation_that_failed_registers_nobody_and_is_made_up_for(partners: Partners) -> None:
    partners.authority()
    partners.place.secrets.rotation_fails = True
    ended = partners("client", "issue", "acme", "--name", "A", "--scope", READ, "--csr", partners.request(),
                     "--ca", "partners", code=1)  # fmt: skip
    assert "not rotated yet" in ended.err
    assert partners.place.registry.records == {}
    assert json.loads(partners.place.secrets.values[f"{PREFIX}acme"]) == {"client_id": "app-partner.acme"}

    partners.place.secrets.rotation_fails = False
    partners.issue()
    assert set(json.loads(partners.place.secrets.values[f"{PREFIX}acme"])) == {
        "client_id", "client_secret", "client_secret_id"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "more", "says"),
    [
        ("{}", (), "rotate-secret"),
        ("app-1", (), "rotate-secret"),
        ('{"client_id": "app-1"}', ("--app-client", "app-2"), "leave --app-client out"),
        ('{"client_id": "app-9"}', (), "no app client app-9"),
    ],
)
def test_a_secret_that_does_not_fit_is_refused(
    partners: Partners, value: str, more: tuple[str, ...], says: str
) -> None:
    _configured(partners, value)
    partners.authority()
    assert says in partners.refused(
        "client",
        "issue",
        "acme",
        "--name",
        "A",
        "--scope",
        READ,
        "--csr",
        partners.request(),
        "--ca",
        "partners",
        *more,
    )
