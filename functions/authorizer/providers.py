"""What a plugin may ask for by name: `validate(auth_context, *, token_verifier, clock)`.

    environment      the function's settings, read-only; to ask for one that is missing raises `MissingSettingError`
    clock            seconds since 1970, for what a credential says of time
    monotonic_clock  seconds that only go forward, for the ages of what is cached
    secret_source    reads one version of one secret from AWS each time that it is asked
    secrets          the current version of a secret, by ARN, kept for five minutes (`CachedSecrets`)
    signing_keys     the keys of the secret in the setting SIGNING_KEY_SECRET_ARN, through its rotations
    token_verifier   HS256 with `signing_keys`, for the settings TOKEN_ISSUER and TOKEN_AUDIENCE

A provider is a function `provide_<name>` whose own parameters are provided in the same way. A chain adds providers, or
replaces these, in a file `_providers.py` beside its plugins. Each is called once, when the chain is loaded, and only if
something asks for it, so that a chain pays for (and its archive holds) only what it uses. Providers must not use the
network: AWS's secrets extension answers nobody before the first request.

Deliberately no container with scopes, types or configuration: names and functions.
"""

from __future__ import annotations

import os
import time
from types import MappingProxyType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jwt_verification.key_source import KeySource
    from jwt_verification.verifier import TokenVerifier
    from secret_store.cached_secrets import CachedSecrets
    from secret_store.secret_source import SecretSource
    from secret_store.signing_key_ring import SigningKeyRing

    Provider = Callable[..., object]

PREFIX = "provide_"


class MissingSettingError(KeyError):
    """The environment lacks a setting that something needs. Its only argument is the setting's name."""


class Environment(dict[str, str]):
    """The settings of a function, taken once."""

    def __missing__(self, name: str) -> str:
        """Name what is missing: the name is written in the code that asks, and may be shown."""
        raise MissingSettingError(name)


def provide_environment() -> Mapping[str, str]:
    """Take the settings of the process."""
    return MappingProxyType(Environment(os.environ))


def provide_clock() -> Callable[[], float]:
    """Give the time."""
    return time.time


def provide_monotonic_clock() -> Callable[[], float]:
    """Give a time that nobody sets."""
    return time.monotonic


def provide_secret_source(environment: Mapping[str, str]) -> SecretSource:
    """Choose AWS's extension where it is attached, else boto3."""
    from secret_store.secret_source import secret_source

    return secret_source(environment)


def provide_secrets(secret_source: SecretSource, monotonic_clock: Callable[[], float]) -> CachedSecrets:
    """Cache what `secret_source` reads."""
    from secret_store.cached_secrets import CachedSecrets

    return CachedSecrets(source=secret_source, clock=monotonic_clock)


def provide_signing_keys(
    environment: Mapping[str, str], secret_source: SecretSource, monotonic_clock: Callable[[], float]
) -> SigningKeyRing:
    """Find the keys in SIGNING_KEY_SECRET_ARN."""
    from secret_store.signing_key_ring import SigningKeyRing

    return SigningKeyRing(source=secret_source, secret_id=environment["SIGNING_KEY_SECRET_ARN"], clock=monotonic_clock)


def provide_token_verifier(
    environment: Mapping[str, str], signing_keys: KeySource, clock: Callable[[], float]
) -> TokenVerifier:
    """Verify tokens of TOKEN_ISSUER for TOKEN_AUDIENCE."""
    from jwt_verification.claims import ClaimRules
    from jwt_verification.verifier import TokenVerifier

    return TokenVerifier(
        algorithm="HS256",
        keys=signing_keys,
        rules=ClaimRules(issuers=[environment["TOKEN_ISSUER"]], audiences=[environment["TOKEN_AUDIENCE"]]),
        clock=clock,
    )


def providers_in(namespace: Mapping[str, object]) -> dict[str, Provider]:
    """Return the providers of a module, by the names that they provide."""
    return {
        name.removeprefix(PREFIX): value
        for name, value in namespace.items()
        if name.startswith(PREFIX) and callable(value)
    }


STANDARD_PROVIDERS: Mapping[str, Provider] = providers_in(dict(globals()))
