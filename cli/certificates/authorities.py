"""An authority over the years: generations, of which the newest signs and all that are not retired are trusted.

    create    generation 1                      rotate    generation n + 1 beside the others: deploy the bundle, then
    retire    one generation leaves the bundle            renew the clients, then retire the old one

Each generation has a name of its own, because API Gateway takes one issuer for each subject. Keys are in Secrets
Manager, certificates in SSM; a generation exists once its certificate does. `bundle_of` is what becomes the truststore.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from cli.certificates.ports import ParameterKeeper, SecretKeeper
from cli.certificates.signing import (
    SigningAuthority,
    certificate_in_file,
    key_pem,
    new_key,
    pem_of,
    private_key_in,
    self_signed,
)
from cli.errors import CliError
from client_certificates.truststore import inspect_truststore

PARAMETERS, SECRETS = "/gatehouse/ca", "gatehouse/ca"
RECOVERY_DAYS = 30
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_LARGEST_GENERATION = 9_999


@dataclass(frozen=True, kw_only=True)
class Generation:
    """One generation of an authority."""

    number: int
    certificate: x509.Certificate


class Authorities:
    """All authorities of an account and region."""

    def __init__(self, *, secrets: SecretKeeper, parameters: ParameterKeeper) -> None:
        """Take where keys and certificates are."""
        self._secrets = secrets
        self._parameters = parameters

    def create(self, name: str, *, common_name: str, kind: str, now: datetime, days: int) -> Generation:
        """Make a new authority; raises `CliError` where there is one of this name."""
        if self.generations(name):
            raise CliError(f"there is an authority {name} already: `ca rotate {name}` makes its successor")
        return self._add(name, 1, common_name=common_name, kind=kind, now=now, days=days)

    def rotate(self, name: str, *, common_name: str | None, kind: str, now: datetime, days: int) -> Generation:
        """Make the next generation, which signs from now on; raises `CliError`."""
        newest = self._existing(name)[-1]
        if common_name is None:
            known = str(newest.certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)
            common_name = re.sub(r" G[0-9]+$", "", known)
        return self._add(name, newest.number + 1, common_name=common_name, kind=kind, now=now, days=days)

    def retire(self, name: str, number: int) -> Generation:
        """Take a generation out of bundles, and its key out of use; raises `CliError` for the one that signs."""
        generations = self._existing(name)
        found = next((each for each in generations if each.number == number), None)
        if found is None:
            numbers = ", ".join(str(each.number) for each in generations)
            raise CliError(f"{name} has no generation {number}; it has {numbers}")
        if found is generations[-1]:
            raise CliError(f"generation {number} of {name} signs: make its successor first with `ca rotate {name}`")
        # The certificate last: while it is there, the key's end can be asked for again.
        self._secrets.delete(_secret_name(name, number), recovery_days=RECOVERY_DAYS)
        self._parameters.delete(_parameter_name(name, number))
        return found

    def generations(self, name: str) -> list[Generation]:
        """Return the generations that are trusted, the oldest first; raises `CliError` for an impossible name."""
        if not _NAME.fullmatch(name):
            raise CliError(f"{name!r} is no authority's name: lower-case letters, digits and hyphens, 40 at most")
        return self._read(f"{PARAMETERS}/{name}/").get(name, [])

    def all(self) -> dict[str, list[Generation]]:
        """Return all authorities with their generations."""
        return self._read(f"{PARAMETERS}/")

    def signing(self, name: str) -> SigningAuthority:
        """Return the newest generation with its key; raises `CliError`."""
        newest = self._existing(name)[-1]
        secret_name = _secret_name(name, newest.number)
        value = self._secrets.read(secret_name)
        if value is None:
            raise CliError(f"the key of {name} is gone: restore the secret {secret_name}, or `ca rotate {name}`")
        key = private_key_in(value, what=f"the secret {secret_name}")
        if key.public_key() != newest.certificate.public_key():
            raise CliError(
                f"the secret {secret_name} is the key of another certificate than generation {newest.number}"
            )
        return SigningAuthority(certificate=newest.certificate, private_key=key)

    def _existing(self, name: str) -> list[Generation]:
        generations = self.generations(name)
        if not generations:
            raise CliError(f"there is no authority {name}: `ca list` shows them, `ca create {name}` makes one")
        return generations

    def _add(self, name: str, number: int, *, common_name: str, kind: str, now: datetime, days: int) -> Generation:
        if number > _LARGEST_GENERATION:
            raise CliError(f"{name} has had {_LARGEST_GENERATION} generations: make an authority of another name")
        key = new_key(kind)
        # The number in the name is the generation's: a key of an attempt that failed before leaves a gap, no harm.
        while True:
            certificate = self_signed(f"{common_name} G{number}", key, now=now, days=days)
            stored = self._secrets.create(
                _secret_name(name, number), key_pem(key), description=f"Private key of the authority {name}"
            )
            if stored:
                break
            number += 1
        if not self._parameters.put(_parameter_name(name, number), pem_of(certificate)):
            raise CliError(f"somebody else has made generation {number} of {name} meanwhile: look with `ca list`")
        return Generation(number=number, certificate=certificate)

    def _read(self, path: str) -> dict[str, list[Generation]]:
        found: dict[str, list[Generation]] = {}
        for parameter, value in self._parameters.under(path).items():
            parts = parameter.removeprefix(f"{PARAMETERS}/").split("/")
            if len(parts) != 2 or not parts[1].isdigit():
                continue
            try:
                certificate = certificate_in_file(value.encode())
            except CliError:
                raise CliError(f"the parameter {parameter} holds no certificate: restore an earlier version") from None
            found.setdefault(parts[0], []).append(Generation(number=int(parts[1]), certificate=certificate))
        return {name: sorted(each, key=lambda generation: generation.number) for name, each in sorted(found.items())}


def bundle_of(certificates: list[x509.Certificate], *, now: datetime) -> tuple[str, list[str]]:
    """Return the truststore of these authorities as PEM, and the warnings about it.

    Raises:
        CliError: API Gateway would not take it; every error is named.
    """
    text = "".join(pem_of(certificate) for certificate in certificates)
    inspection = inspect_truststore(text, now=now)
    if inspection.errors:
        raise CliError("the bundle is not fit for API Gateway: " + "; ".join(str(error) for error in inspection.errors))
    return text, [str(finding) for finding in inspection.findings]


def _secret_name(name: str, number: int) -> str:
    return f"{SECRETS}/{name}/{number:04}"


def _parameter_name(name: str, number: int) -> str:
    return f"{PARAMETERS}/{name}/{number:04}"
