"""The kinds of secrets that can be rotated: how a new value is made, and how it is shown to work before anyone uses it.

A function rotates one kind, named in its setting `SECRET_KIND`. A new kind is a new entry here; one that another system
holds too is a module of its own (`app_client_secrets`).
"""

from __future__ import annotations

from jwt_verification.claims import ClaimRules
from jwt_verification.key_source import FixedKeys
from jwt_verification.signer import sign
from jwt_verification.verifier import TokenVerifier
from secret_store.admin_key import new_admin_key_value
from secret_store.admin_key_ring import AdminKeyRing
from secret_store.errors import SecretVersionMissing
from secret_store.signing_key import new_signing_key_value, signing_key_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from secret_store.secret_source import SecretVersion


class SecretKind:
    """`new_value` returns a new secret string; `test` raises where a version's value would not work for its readers."""

    def __init__(self, *, new_value: Callable[[], str], test: Callable[[SecretVersion], None]) -> None:
        """Hold both."""
        self.new_value = new_value
        self.test = test

    def make(self, current: Callable[[], SecretVersion | None]) -> str:
        """Return a new value. `current` reads the version that is current, None where there is none; few kinds ask."""
        del current
        return self.new_value()


def _test_signing_key(version: SecretVersion) -> None:
    """Sign a token and verify it, through the very code that invokers and authorizers use."""
    signing_key = signing_key_in(version)
    token = sign(
        {"iss": "rotation", "aud": "rotation", "sub": "rotation", "exp": 1},
        key=signing_key.key,
        key_id=signing_key.key_id,
    )
    verifier = TokenVerifier(
        algorithm=signing_key.key.algorithm,
        keys=FixedKeys({signing_key.key_id: signing_key.key}),
        rules=ClaimRules(issuers=["rotation"], audiences=["rotation"]),
        clock=lambda: 0,
    )
    verifier.verify(token)


class _PendingVersion:
    """A `SecretSource` in which the version under test is current already."""

    def __init__(self, version: SecretVersion) -> None:
        self._version = version

    def read(self, secret_id: str, version_stage: str) -> SecretVersion:
        if version_stage != "AWSCURRENT":
            raise SecretVersionMissing(f"{secret_id} has no version {version_stage}")
        return self._version


def _test_admin_key(version: SecretVersion) -> None:
    """Show that the key opens what it is for, through the very code that the authorizer uses."""
    ring = AdminKeyRing(source=_PendingVersion(version), secret_id="rotation")  # noqa: S106 -- a name, not a secret
    ring.version_of(version.value)


SECRET_KINDS = {
    "hs256-signing-key": SecretKind(new_value=new_signing_key_value, test=_test_signing_key),
    "admin-api-key": SecretKind(new_value=new_admin_key_value, test=_test_admin_key),
}


def secret_kind(name: str) -> SecretKind:
    """Return the kind; raises ValueError, naming the kinds that there are, for another name."""
    kind = SECRET_KINDS.get(name)
    if kind is None:
        raise ValueError(f"SECRET_KIND is {name!r}; set it to one of: {', '.join(SECRET_KINDS)}")
    return kind
