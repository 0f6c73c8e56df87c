"""What the tests of the deployed partner API send, and how they tell that nobody was reached. No tests, no fixtures."""

import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox.tour.caller import Answer
from tests.support.certificates import Issued
from tests.support.partner_api import FORM, PartnerApi

UNAUTHORIZED = {"message": "Unauthorized"}


@dataclass(frozen=True, kw_only=True)
class Partner:
    """A partner in good standing, with a token that has been used."""

    client_id: str
    issued: Issued
    token: str


def new_partner(api: PartnerApi) -> Partner:
    client_id = new_id()
    issued = api.partner(client_id)
    token = api.access_token(issued)
    assert api.protected(issued, token).status == 200
    return Partner(client_id=client_id, issued=issued, token=token)


def new_id() -> str:
    return f"proof-{secrets.token_hex(4)}"


@contextmanager
def reaching_none_of(api: PartnerApi, *functions: str) -> Generator[None]:
    """Fails when one of the functions has run meanwhile."""
    before = api.invocations(functions)
    yield
    assert api.invocations(functions) == before


def on_every_route(api: PartnerApi, issued: Issued | None, token: str, **headers: str) -> list[Answer]:
    """Sends what the routes take, on one connection; raises what the refusal of a handshake raises."""
    with api.connect(issued) as connection:
        return [
            connection.request("POST", "/token", headers={**FORM, **headers}, body="grant_type=client_credentials"),
            connection.request("GET", "/health", headers=headers),
            connection.request("GET", "/protected", headers={"Authorization": f"Bearer {token}", **headers}),
        ]


def assert_denied(answer: Answer, status: int, reason: str) -> None:
    assert answer.status == status, (reason, answer)
    if status == 403:
        assert answer.member("reason") == reason
    else:
        assert answer.document == UNAUTHORIZED
        assert answer.headers["www-authenticate"].startswith("Bearer")
