"""The text of a new plugin and of its test. A new plugin denies everybody: what nobody has written lets nobody in.

Both files pass ruff and pyright in strict mode as they are, and the test passes at once and still does when the check
is written.
"""

from __future__ import annotations

from string import Template

_CREDENTIAL = {
    "token": """    token = auth_context["token"]
    scheme, _, credential = token.partition(" ")
    if scheme.lower() != "bearer" or not credential:
        raise NotAuthenticated("missing_token")
""",
    "request": """    credential = auth_context["headers"].get("X-API-Key")
    if not credential:
        raise NotAuthenticated("missing_api_key")
""",
}
_WHAT = {"token": "bearer token", "request": "header X-API-Key"}
_MISSING = {"token": "missing_token", "request": "missing_api_key"}

_PLUGIN = Template('''\
"""$title: says who the caller is by the $what.

Write here what it checks, which settings it reads, and what it deliberately does not check.
"""

from __future__ import annotations

from authorizer.denial import NotAuthenticated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def principal_of(credential: str) -> str | None:
    """Return the id of the caller who holds `credential`, or None for a credential that is not valid.

    Write the check here. Until then no credential is valid, so that nobody is let in by a plugin without one.
    """
    del credential
    return None


def validate(auth_context: dict[str, Any]) -> dict[str, Any]:
    """Let in who holds a valid credential; everything else, an exception included, is a denial."""
$credential    principal_id = principal_of(credential)
    if principal_id is None:
        raise NotAuthenticated("unknown_credential")
    return {"principal_id": principal_id, "context": {"checked_by": "$name"}}
''')

_TEST = Template('''\
"""$title: whom it denies and whom it lets in, in the authorizer's own chain."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from authorizer.authorization import build_handler
from authorizer.chain import load_chain

CHAIN = Path(__file__).resolve().parents[1]
PLUGIN = "$plugin"
$event

class Authorizer:
    """The authorizer with this one plugin, and its log."""

    def __init__(self, folder: Path) -> None:
        # The plugin alone, with what the folder's files share: what other plugins need is not this test's concern.
        for file in [CHAIN / f"{PLUGIN}.py", *CHAIN.glob("_*.py")]:
            shutil.copy(file, folder)
        self.log: list[str] = []
        self.handle = build_handler(chain=load_chain(str(folder)), write=self.log.append)

    def denies(self, credential: str | None) -> str:
        """Give the reason of the denial, from the log; an Allow fails the test."""
        with pytest.raises(Exception, match=r"\\AUnauthorized\\Z"):
            self.handle(event(credential), None)
        return json.loads(self.log[-1])["reason"]


@pytest.fixture
def authorizer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authorizer:
    monkeypatch.setattr(sys, "path", [*sys.path])
    return Authorizer(tmp_path)


def test_a_request_without_a_credential_is_denied(authorizer: Authorizer) -> None:
    assert authorizer.denies(None) == "$missing"


def test_a_credential_that_is_not_valid_is_denied(authorizer: Authorizer) -> None:
    assert authorizer.denies("nobody-has-this-one") == "unknown_credential"


def test_the_holder_of_a_valid_credential_is_let_in(authorizer: Authorizer, monkeypatch: pytest.MonkeyPatch) -> None:
    def alice_only(credential: str) -> str | None:
        return "alice" if credential == "held-by-alice" else None

    monkeypatch.setattr(sys.modules[f"plugins.{PLUGIN}"], "principal_of", alice_only)

    answer = authorizer.handle(event("held-by-alice"), None)

    assert answer["principalId"] == "alice"
    assert answer["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    assert authorizer.denies("held-by-eve") == "unknown_credential"
''')

_EVENT = {
    "token": '''

def event(credential: str | None) -> dict[str, Any]:
    """The event of a TOKEN authorizer with that credential, None for none."""
    return {
        "type": "TOKEN",
        "authorizationToken": "" if credential is None else f"Bearer {credential}",
        "methodArn": "arn:aws:execute-api:ap-southeast-3:111122223333:a1b2c3d4e5/prod/GET/orders",
    }
''',
    "request": '''

def event(credential: str | None) -> dict[str, Any]:
    """The event of a REQUEST authorizer with that credential, None for none."""
    headers = {} if credential is None else {"X-API-Key": credential}
    return {
        "type": "REQUEST",
        "methodArn": "arn:aws:execute-api:ap-southeast-3:111122223333:a1b2c3d4e5/prod/GET/orders",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {"stage": "prod"},
    }
''',
}


def plugin_text(*, name: str, kind: str) -> str:
    """Return the plugin `name` for authorizers of type `token` or `request`."""
    return _PLUGIN.substitute(title=_title(name), name=name, what=_WHAT[kind], credential=_CREDENTIAL[kind])


def test_text(*, name: str, plugin: str, kind: str) -> str:
    """Return the test of the plugin in `plugin`.py."""
    return _TEST.substitute(title=_title(name), plugin=plugin, event=_EVENT[kind], missing=_MISSING[kind])


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()
