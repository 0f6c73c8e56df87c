"""The partners of a tour of partner-api: how they get certificates, and what they send. Deliberately no checks here.

Operators' commands are run as operators run them (`python -m cli client ...`), in processes of their own. What a
partner sends is what `curl --resolve --cacert --cert --key` sends.
"""

import contextlib
import datetime as dt
import http.client
import secrets
import socket
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sandbox.aws import client
from sandbox.errors import SandboxError
from sandbox.server import domains
from sandbox.server.settings import PROJECT_DIRECTORY
from sandbox.tour.caller import TIMEOUT_SECONDS, Answer, Caller

API = "partner-api"
BACKENDS = ("token-issuer", "certificate-health", "protected")
AUTHORITY = "partners"
# Of the state folder: where certificates and keys of partners are that people try things out with.
FOLDER = "partners"
COMMAND_SECONDS = 120
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class HandshakeRefusedError(Exception):
    """The domain ended the connection instead of answering."""


@dataclass(frozen=True, kw_only=True)
class Files:
    """A certificate and its key, as files in PEM."""

    certificate: Path
    key: Path


@dataclass(frozen=True, kw_only=True)
class PartnerApi:
    """The deployed API. `folder` is where keys and certificates of this tour are."""

    caller: Caller
    folder: Path

    @cached_property
    def domain(self) -> Mapping[str, Any]:
        """What the sandbox says of the API's domain. Raises SandboxError where it is not served."""
        name = self.caller.outputs["PartnerApiUrl"].removeprefix("https://")
        found = next((each for each in self._domains["domains"] if each["domain"] == name), None)
        if found is None or found["problem"] or not found["port"]:
            problem = f": {found['problem']}" if found and found["problem"] else ""
            raise SandboxError(f"the domain {name} is not served{problem}; see `make status`.")
        return found

    @cached_property
    def _domains(self) -> Mapping[str, Any]:
        return domains(self.caller.endpoints)

    @cached_property
    def scope(self) -> str:
        """A scope that `GET /protected` asks for."""
        settings = self.caller.functions.get_function_configuration(FunctionName="bound-token-authorizer")
        return str(settings["Environment"]["Variables"]["REQUIRED_SCOPES"].split()[0])

    # -- operators

    def operate(self, *arguments: str | Path) -> str:
        """Runs `python -m cli client ...`; what it says of its end on one line: `done`, or the error."""
        program = (self.caller.state_directory or PROJECT_DIRECTORY / ".sandbox").parent
        ended = subprocess.run(
            [sys.executable, "-m", "cli", "client", *map(str, arguments), "--program", str(program)],
            cwd=PROJECT_DIRECTORY,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        return "done" if ended.returncode == 0 else ended.stderr.strip().rpartition("\n")[2]

    # -- partners

    def request_for(self, name: str) -> tuple[Files, Path]:
        """A key of the partner's own, and the request that `openssl req -new` would write for it."""
        key, files = self._new_key(name)
        request = x509.CertificateSigningRequestBuilder().subject_name(_named(name)).sign(key, hashes.SHA256())
        request_file = files.key.with_suffix(".csr")
        request_file.write_bytes(request.public_bytes(Encoding.PEM))
        return files, request_file

    def self_signed(self, name: str) -> Files:
        """A certificate that nobody has signed but its owner."""
        key, files = self._new_key(name)
        now = dt.datetime.now(dt.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(_named(name))
            .issuer_name(_named(name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(hours=1))
            .sign(key, hashes.SHA256())
        )
        files.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
        return files

    def _new_key(self, name: str) -> tuple[ec.EllipticCurvePrivateKey, Files]:
        key = ec.generate_private_key(ec.SECP256R1())
        stem = f"{name}-{secrets.token_hex(4)}"
        files = Files(certificate=self.folder / f"{stem}.pem", key=self.folder / f"{stem}.key")
        _write_key(files.key, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return key, files

    def key_from_secrets(self, name: str, certificate: Path) -> Files:
        """The key that `client issue --new-key` made, fetched as the partner is told to."""
        listed = client(self.caller.endpoints, "secretsmanager").list_secrets(
            Filters=[{"Key": "name", "Values": [f"gatehouse/client-keys/{name}/"]}]
        )["SecretList"]
        files = Files(certificate=certificate, key=self.folder / f"{name}.key")
        _write_key(files.key, self.caller.secrets.get_secret_value(SecretId=listed[0]["ARN"])["SecretString"].encode())
        return files

    def send(
        self,
        files: Files | None,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        *,
        body: str | None = None,
    ) -> Answer:
        """One request on a connection of its own. Raises HandshakeRefusedError."""
        context = ssl.create_default_context(cafile=self._domains["authority"])
        if files is not None:
            context.load_cert_chain(files.certificate, files.key)
        connection = _Connection(self.domain, context)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            response = connection.getresponse()
            return Answer(
                status=response.status,
                body=response.read().decode("utf-8", "replace"),
                headers={name.lower(): value for name, value in response.getheaders()},
            )
        # With TLS 1.3 the server refuses after the client's last word: the first answer then does not come.
        except (ssl.SSLError, ConnectionError) as error:
            raise HandshakeRefusedError from error
        finally:
            connection.close()

    def health(self, files: Files, headers: Mapping[str, str] | None = None) -> Answer:
        """`GET /health`."""
        return self.send(files, "GET", "/health", headers)

    def token(self, files: Files, **form: str) -> Answer:
        """`POST /token`."""
        return self.send(files, "POST", "/token", FORM, body=urlencode({"grant_type": "client_credentials", **form}))

    def protected(self, files: Files, token: str | None) -> Answer:
        """`GET /protected`."""
        return self.send(files, "GET", "/protected", {} if token is None else {"Authorization": f"Bearer {token}"})

    # -- afterwards

    def remove(self, client_id: str) -> None:
        """Takes away all of a partner but the audit trail, as no operator could: its records, keys and app client."""
        endpoints, outputs = self.caller.endpoints, self.caller.outputs
        table = client(endpoints, "dynamodb")
        where = {"TableName": outputs["ClientRegistryTableName"]}
        record = table.get_item(**where, Key={"id": {"S": f"CLIENT#{client_id}"}}, ConsistentRead=True).get("Item", {})
        for fingerprint in record.get("fingerprints", {}).get("SS", []):
            table.delete_item(**where, Key={"id": {"S": f"CERTIFICATE#{fingerprint}"}})
        table.delete_item(**where, Key={"id": {"S": f"CLIENT#{client_id}"}})
        parameters = client(endpoints, "ssm")
        pages = parameters.get_paginator("get_parameters_by_path").paginate(Path=f"/gatehouse/clients/{client_id}/")
        for name in [each["Name"] for page in pages for each in page["Parameters"]]:
            parameters.delete_parameter(Name=name)
        owned = (f"gatehouse/client-keys/{client_id}/", f"{API}/clients/{client_id}")
        pages = self.caller.secrets.get_paginator("list_secrets").paginate()
        for secret in [each for page in pages for each in page["SecretList"] if each["Name"].startswith(owned)]:
            self.caller.secrets.delete_secret(SecretId=secret["ARN"], ForceDeleteWithoutRecovery=True)
        pool = client(endpoints, "cognito-idp")
        pages = pool.get_paginator("list_user_pool_clients").paginate(UserPoolId=outputs["UserPoolId"])
        for each in [each for page in pages for each in page["UserPoolClients"]]:
            if each["ClientName"] == f"partner.{client_id}":
                pool.delete_user_pool_client(UserPoolId=outputs["UserPoolId"], ClientId=each["ClientId"])


class _Connection(http.client.HTTPSConnection):
    """A connection to the domain at this machine's port, as with `curl --resolve`."""

    def __init__(self, domain: Mapping[str, Any], context: ssl.SSLContext) -> None:
        super().__init__(domain["domain"], domain["port"], timeout=TIMEOUT_SECONDS, context=context)
        self._address = (domain["host"], domain["port"])
        self._tls = context

    def connect(self) -> None:
        """Connects to the loopback, whatever the domain's name resolves to."""
        plain = socket.create_connection(self._address, timeout=TIMEOUT_SECONDS)
        try:
            self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def _write_key(path: Path, key: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(key)


@contextlib.contextmanager
def partner_api(caller: Caller) -> Generator[PartnerApi]:
    """The API with a folder for keys that only this user can read, and that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="gatehouse-tour-") as folder:
        yield PartnerApi(caller=caller, folder=Path(folder))


def issued_files(state_directory: Path | None) -> Files:
    """The certificate and key that somebody made by the lines that `make up` prints. Raises SandboxError."""
    folder = (state_directory or Path()) / FOLDER
    for key in sorted(folder.glob("*.key")):
        files = Files(certificate=key.with_suffix(".pem"), key=key)
        if files.certificate.is_file():
            return files
    raise SandboxError(f"no partner has a certificate in {folder}: issue one as `make status` shows.")
