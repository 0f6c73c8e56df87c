"""The deployed partner API as its partners and its operators reach it: TLS with certificates, and the command line.

Certificates are signed with the key of an authority that the deployed truststore has, read as an administrator may, so
that they can be wrong in ways that no command would sign.
"""

import http.client
import json
import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self
from unittest.mock import patch
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from cli.__main__ import main
from cli.certificates.workplace import Workplace
from cli.target import Target
from sandbox.aws import client
from sandbox.server import domains
from sandbox.tour.caller import Answer, Caller
from sandbox.tour.denials import NOT_ASKED, records
from tests.support.certificates import Authority, Issued

API = "partner-api"
BACKENDS = ("token-issuer", "certificate-health", "protected")
AUTHORIZERS = ("client-certificate-authorizer", "bound-token-authorizer")
TRIGGER = "partner-api-pre-token-generation"
TIMEOUT_SECONDS = 30
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class PartnerApi:
    """One deployed API; `folder` is where keys and certificates of the test are."""

    caller: Caller
    folder: Path

    # -- operators

    def operate(self, *arguments: str | Path) -> None:
        """Runs `python -m cli` in this process; fails unless it succeeds.

        All commands share the clients of AWS that the first one has made: that takes longer than what they do.
        """
        with patch("cli.certificates.workplace.workplace", lambda _options: self._workplace):
            code = main([str(argument) for argument in arguments])
        assert code == 0, f"python -m cli {' '.join(map(str, arguments))} ended with {code}"

    @cached_property
    def _workplace(self) -> Workplace:
        url, region = self.caller.endpoints.emulator_url, self.caller.endpoints.region
        return Workplace(Target(name=url, region=region, endpoint_url=url, as_sandbox_root=True), api_name=API)

    def register(self, client_id: str, issued: Issued, *scopes: str) -> Issued:
        """Registers a certificate as the client's first."""
        certificate, _ = issued.files(self.folder, f"{client_id}-{issued.certificate.serial_number:x}")
        bundle = self.folder / "truststore.pem"
        bundle.write_text(self.authority.pem)
        named = [part for scope in scopes or (self.required_scope,) for part in ("--scope", scope)]
        source = ("--certificate", certificate, "--issuer", bundle)
        self.operate("client", "issue", client_id, "--name", client_id, *named, *source)
        return issued

    def partner(self, client_id: str, *scopes: str) -> Issued:
        """A new partner with a certificate that is registered."""
        return self.register(client_id, self.authority.issue(client_id), *scopes)

    def revoke_all_but(self, client_id: str) -> None:
        """Revokes all certificates of all others that there are."""
        for each in self._workplace.registry.clients():
            if each.client_id != client_id:
                self.operate("client", "revoke", each.client_id)

    @property
    def authority(self) -> Authority:
        """The authority that signs for the deployed truststore, its newest generation."""
        parameters = self.aws("ssm").get_parameters_by_path(Path="/gatehouse/ca/", Recursive=True, WithDecryption=True)
        newest = max(parameters["Parameters"], key=lambda each: each["Name"])
        secret = self.caller.secrets.get_secret_value(SecretId=newest["Name"].removeprefix("/"))
        key = load_pem_private_key(secret["SecretString"].encode(), password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return Authority(certificate=x509.load_pem_x509_certificate(newest["Value"].encode()), key=key)

    def aws(self, service: str) -> Any:
        """A client of the sandbox's AWS, made once."""
        if service not in self._clients:
            self._clients[service] = client(self.caller.endpoints, service)
        return self._clients[service]

    @cached_property
    def _clients(self) -> dict[str, Any]:
        return {}

    # -- what is deployed

    @cached_property
    def domain(self) -> Mapping[str, Any]:
        """What the sandbox says of the API's domain, as it was when it was first asked."""
        return self.described_domain()

    def described_domain(self) -> Mapping[str, Any]:
        """What the sandbox says of the API's domain."""
        found = [each for each in domains(self.caller.endpoints)["domains"] if each["mutualTls"]]
        assert len(found) == 1, found
        return found[0]

    @property
    def host(self) -> str:
        """The domain's name."""
        return self.domain["domain"]

    @property
    def port(self) -> int:
        """The domain's port on this machine."""
        return self.domain["port"]

    @cached_property
    def required_scope(self) -> str:
        """What `GET /protected` asks for."""
        return self.settings("bound-token-authorizer")["REQUIRED_SCOPES"].split()[0]

    def settings(self, function: str) -> Mapping[str, str]:
        """A deployed function's settings."""
        return self.caller.functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]

    def app_client_secret(self, client_id: str) -> dict[str, str]:
        """The secret of a client's app client, which `POST /token` reads, and an administrator may."""
        name = f"{self.settings('token-issuer')['CLIENT_SECRETS_PREFIX']}{client_id}"
        return json.loads(self.caller.secrets.get_secret_value(SecretId=name)["SecretString"])

    def invocations(self, functions: Iterable[str] = (*AUTHORIZERS, *BACKENDS, TRIGGER)) -> dict[str, int]:
        """How often each function has run."""
        return {name: self.caller.invocations(name) for name in functions}

    def reasons(self, answers: Iterable[Answer]) -> list[str]:
        """Why an authorizer decided as it did, for each answer; `NOT_ASKED` where none was."""
        stage = self.caller.outputs["apis"][API]["stage"]
        accesses = {
            record["request_id"]: record["authorizer_request_id"]
            for record in records(self.caller.log_lines(f"/aws/apigateway/{API}/{stage}"))
        }
        decided = {
            record["request_id"]: record["reason"]
            for authorizer in AUTHORIZERS
            for record in records(self.caller.log_lines(f"/aws/lambda/{authorizer}", containing="decision"))
            if "decision" in record
        }
        return [decided.get(accesses.get(answer.request_id, ""), NOT_ASKED) for answer in answers]

    # -- partners

    def context(self, issued: Issued | None) -> ssl.SSLContext:
        """A caller's context that trusts the domain's server."""
        context = ssl.create_default_context(cafile=self._server_authority)
        if issued is not None:
            context.load_cert_chain(*issued.files(self.folder, f"client-{issued.certificate.serial_number:x}"))
        return context

    @cached_property
    def _server_authority(self) -> str:
        """The file with who has signed the certificate of the domain's server; where it is does not change."""
        return domains(self.caller.endpoints)["authority"]

    def connect(self, issued: Issued | None, *, server_name: str | None = None) -> "Connection":
        """A connection that has shaken hands; raises what `ssl` raises where that is refused."""
        return connected(self.port, self.context(issued), host=self.host, server_name=server_name)

    def send(self, issued: Issued | None, method: str, path: str, **more: Any) -> Answer:
        """One request on a connection of its own; raises what the refusal of a handshake raises."""
        with self.connect(issued) as connection:
            return connection.request(method, path, **more)

    def health(self, issued: Issued | None, headers: Mapping[str, str] | None = None) -> Answer:
        """`GET /health`."""
        return self.send(issued, "GET", "/health", headers=headers)

    def token(self, issued: Issued | None, **form: str) -> Answer:
        """`POST /token`."""
        body = urlencode({"grant_type": "client_credentials", **form})
        return self.send(issued, "POST", "/token", headers=FORM, body=body)

    def protected(self, issued: Issued | None, token: str | None, headers: Mapping[str, str] | None = None) -> Answer:
        """`GET /protected`."""
        bearer = {} if token is None else {"Authorization": f"Bearer {token}"}
        return self.send(issued, "GET", "/protected", headers={**bearer, **(headers or {})})

    def access_token(self, issued: Issued) -> str:
        """A token of `POST /token`."""
        answer = self.token(issued)
        assert answer.status == 200, answer
        return answer.member("access_token")


@dataclass(frozen=True)
class Connection:
    """A TLS connection that requests are sent on, one after the other."""

    secured: ssl.SSLSocket
    host: str

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: str = "",
        host: str | None = None,
    ) -> Answer:
        """Sends a request; `path` may be of any form that a request line takes."""
        sent = {"Host": host or self.host, **(headers or {}), "Content-Length": str(len(body.encode()))}
        head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        self.secured.sendall(f"{method} {path} HTTP/1.1\r\n{head}\r\n{body}".encode())
        return answer_on(self.secured, method)

    def __enter__(self) -> Self:
        """The connection, for the length of a block."""
        return self

    def __exit__(self, *raised: object) -> None:
        """Ends the connection."""
        self.secured.close()


def connected(port: int, context: ssl.SSLContext, *, host: str, server_name: str | None = None) -> Connection:
    """A secured connection to this machine's port; raises what `ssl` raises where the handshake is refused."""
    plain = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS)
    try:
        return Connection(context.wrap_socket(plain, server_hostname=server_name or host), host)
    except BaseException:
        plain.close()
        raise


def answer_on(connection: socket.socket, method: str = "GET") -> Answer:
    """Reads one answer; raises what the connection's end raises."""
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    body = response.read().decode("utf-8", "replace")
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(status=response.status, body=body, headers=headers)
