"""What a client needs before it is registered: a certificate that is kept in SSM, and an app client with its secret.

The registry comes last: until then nobody can use what is here, and the command can be repeated after any failure.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass

from cryptography import x509

from cli.certificates.files import read_file
from cli.certificates.ports import AppClient
from cli.certificates.signing import (
    certificate_in_file,
    key_pem,
    new_key,
    pem_of,
    public_key_in_request,
    require_client_certificate,
    sign_client,
)
from cli.certificates.workplace import Workplace
from cli.errors import CliError
from cli.output import tell
from client_certificates.certificate import Certificate
from client_certificates.errors import CertificateMalformed
from client_certificates.presented import certificate_in
from client_certificates.truststore import inspect_truststore

CERTIFICATES, KEYS = "/gatehouse/clients", "gatehouse/client-keys"
APP_CLIENT_PREFIX = "partner."
"""With a dot, which no client of a deployment has in its name: theirs are never taken for ours."""
CLIENT_SECRETS_TAG = "gatehouse:client-secrets-prefix"
"""Without it, `POST /token` may not read the secret. The deployment tags its own in the same way."""


@dataclass(kw_only=True)
class NewCertificate:
    """A certificate to register; `repr` shows its fingerprint. `private_key` only where it was made here."""

    pem: str
    read: Certificate
    private_key: str = ""
    parameter: str = ""
    key_secret: str = ""

    def __repr__(self) -> str:
        """Name the certificate."""
        return f"<NewCertificate {self.read.fingerprint}>"

    def store(self, place: Workplace, client_id: str) -> None:
        """Keep the certificate in SSM, and a key that was made here in Secrets Manager; raises `CliError`."""
        if self.private_key:
            self.key_secret = f"{KEYS}/{client_id}/{self.read.fingerprint}"
            place.secrets.put(self.key_secret, self.private_key, description=f"Private key of the client {client_id}")
            self.private_key = ""
        self.parameter = f"{CERTIFICATES}/{client_id}/{self.read.fingerprint}"
        # One that is there is this one: its name is the digest of its value.
        place.parameters.put(self.parameter, self.pem)


def new_certificate(
    options: argparse.Namespace, place: Workplace, *, client_id: str, organization: str
) -> NewCertificate:
    """Return the certificate that the command line asks for; nothing is written. Raises `CliError`."""
    if options.certificate is not None:
        return _from_elsewhere(options, place)
    if options.ca is None:
        raise CliError("name the authority that signs with --ca NAME; `ca list` shows them")
    if options.issuer is not None:
        raise CliError("--issuer goes with --certificate: with --csr and --new-key, --ca says who signs")
    private_key = ""
    if options.csr is not None:
        public_key = public_key_in_request(read_file(options.csr, what="the request"))
    else:
        key = new_key(options.new_key)
        public_key, private_key = key.public_key(), key_pem(key)
    signed = sign_client(
        place.authorities.signing(options.ca),
        public_key,
        client_id=client_id,
        organization=organization,
        now=place.now(),
        days=options.days,
    )
    return _checked(signed, private_key)


def app_client_for(place: Workplace, client_id: str, scopes: frozenset[str], *, given: str | None) -> AppClient:
    """Return the client's app client, with its secret where `POST /token` reads it.

    Where the deployment has made both, they are taken as they are. Otherwise the app client is found by its name, or
    made, and so is its secret: by the deployment's functions, so that every secret is rotated and nobody sees one.

    Raises:
        CliError: there is none, or it lacks a scope, or the secret is another's.
    """
    secret_name = place.client_secrets_prefix + client_id
    stored = place.secrets.read(secret_name)
    if stored is not None:
        found = place.app_clients.describe(_stored_app_client(stored, secret_name))
        if given not in (None, found.app_client_id):
            raise CliError(
                f"{secret_name} is the secret of {found.app_client_id}: leave --app-client out, or delete it"
            )
        _with_scopes(found, scopes)
        if not _has_secret(stored):  # the first rotation of an earlier attempt has failed
            _rotate(place, secret_name)
        return found
    if given is not None:
        found = place.app_clients.describe(given)
    else:
        found = place.app_clients.find(APP_CLIENT_PREFIX + client_id)
    if found is None:
        found = place.app_clients.create(APP_CLIENT_PREFIX + client_id, scopes)
        tell(f"made the app client {found.app_client_id}")
    _with_scopes(found, scopes)
    place.secrets.put(
        secret_name,
        json.dumps({"client_id": found.app_client_id}),
        description=f"App client secret of the partner {client_id}",
        tags={CLIENT_SECRETS_TAG: place.client_secrets_prefix},
    )
    _rotate(place, secret_name)
    return found


def _rotate(place: Workplace, secret_name: str) -> None:
    rotation = place.client_secret_rotation
    place.secrets.rotate(secret_name, by=rotation.function_arn, days=rotation.days)


def _has_secret(stored: str) -> bool:
    return bool(json.loads(stored).get("client_secret"))


def _stored_app_client(stored: str, secret_name: str) -> str:
    try:
        app_client_id = json.loads(stored)["client_id"]
    except (ValueError, KeyError, TypeError):
        app_client_id = None
    if not isinstance(app_client_id, str) or not app_client_id:
        raise CliError(f"{secret_name} has no value yet: aws secretsmanager rotate-secret --secret-id {secret_name}")
    return app_client_id


def _with_scopes(found: AppClient, scopes: frozenset[str]) -> AppClient:
    missing = scopes - found.scopes
    if missing:
        raise CliError(f"the app client {found.app_client_id} lacks {' '.join(sorted(missing))}: allow it there first")
    return found


def _from_elsewhere(options: argparse.Namespace, place: Workplace) -> NewCertificate:
    if options.ca is not None:
        raise CliError("--ca signs, and --certificate is signed already: leave one of them out")
    if options.issuer is None:
        raise CliError("name the truststore bundle with --issuer FILE: the certificate's authority has to be in it")
    certificate = certificate_in_file(read_file(options.certificate, what="the certificate"))
    text = read_file(options.issuer, what="the bundle").decode("ascii", "replace")
    inspection = inspect_truststore(text, now=place.now())
    if inspection.errors:
        raise CliError(
            f"{options.issuer} is no good truststore: {inspection.errors[0]}; see `ca check {options.issuer}`"
        )
    require_client_certificate(certificate, inspection.certificates, now=place.now())
    return _checked(certificate, "")


def _checked(certificate: x509.Certificate, private_key: str) -> NewCertificate:
    """Read it as the authorizer will."""
    pem = pem_of(certificate)
    try:
        read = certificate_in(pem)
    except CertificateMalformed:
        raise CliError("the certificate is not in strict DER: the authorizer would refuse it") from None
    return NewCertificate(pem=pem, read=read, private_key=private_key)
