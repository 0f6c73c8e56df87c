"""The commands of docs/how-to/partners.md, as they stand there, on the deployed partner API; and an authority's
successor beside it, with clients of both calling all the while.

What the page does before anything is deployed is run in tests/cli/partners; its settings are read in tests/components.
"""

import datetime as dt
import http.client
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from sandbox.commands.session import Session
from sandbox.server import domains
from tests.support.certificates import DAY, Issued
from tests.support.checkout import Checkout, environment
from tests.support.deployed_truststore import deploy_truststore
from tests.support.documentation import code_lines, inline_code
from tests.support.partner_api import PartnerApi

pytestmark = pytest.mark.timeout(900)

PAGE = "how-to/partners.md"
COMMAND_SECONDS = 120
CLIENT = "acme"
BUNDLE = ".sandbox/partners/truststore.pem"  # what the deployed stack's settings call the page's partners.pem
PAUSE_SECONDS = 0.3
PATIENCE_SECONDS = 60.0


def command_with(*words: str) -> str:
    """The page's command that has all these words; `python -m cli` is put before what the text leaves it out of."""
    found = [line for line in (*code_lines(PAGE), *inline_code(PAGE)) if all(word in line for word in words)]
    assert found, f"{PAGE} has no command with {words}"
    return f"python -m cli {found[0]}" if found[0].startswith(("ca ", "client ")) else found[0]


@dataclass(kw_only=True)
class Reader:
    """Somebody who types what the page says, in the checkout's folder."""

    checkout: Checkout
    session: Session
    api: PartnerApi
    folder: Path

    def types(self, command: str, *, code: int = 0, token: str = "") -> str:
        """Runs a command of the page; answers what it printed."""
        ended = subprocess.run(
            ["bash", "-c", command.replace("partners.pem", BUNDLE)],
            cwd=self.checkout.root,
            env={**self._environment(), "TOKEN": token},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        assert ended.returncode == code, f"{command}\n{ended.stdout}"
        return ended.stdout

    def calls(self, path: str, token: str = "") -> dict[str, Any]:
        """Runs the page's `curl` of this path; fails unless it is answered with 200."""
        return json.loads(self.types(command_with("curl ", path), token=token))

    def deploys(self) -> None:
        """Does what the page's `pulumi up` does."""
        assert command_with("pulumi up")
        bundle = (self.checkout.root / BUNDLE).read_text(encoding="ascii")
        deploy_truststore(self.session, bundle, self.folder)

    def certificate(self, name: str) -> Issued:
        """What the client has in the file of this name, with its key."""
        folder = self.checkout.root
        key = load_pem_private_key((folder / f"{CLIENT}.key").read_bytes(), password=None)
        return Issued(certificate=x509.load_pem_x509_certificate((folder / name).read_bytes()), key=key)  # pyright: ignore[reportArgumentType] -- the page makes an EC key

    def revocation_list(self) -> Path:
        """A list of the authority's own that names the client's certificate, good for a day."""
        authority, now = self.api.authority, dt.datetime.now(dt.UTC)
        revoked = x509.RevokedCertificateBuilder(
            serial_number=self.certificate(f"{CLIENT}.pem").certificate.serial_number, revocation_date=now
        ).build()
        listed = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(authority.certificate.subject)
            .last_update(now - DAY)
            .next_update(now + DAY)
            .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
            .add_revoked_certificate(revoked)
            .sign(authority.key, hashes.SHA256())
        )
        file = self.folder / "list.crl"
        file.write_bytes(listed.public_bytes(Encoding.PEM))
        return file

    def forgets_the_client(self) -> None:
        """As before the page: nothing of the client is registered."""
        for name in (f"{CLIENT}.key", f"{CLIENT}.csr", f"{CLIENT}.pem", f"{CLIENT}-2027.pem"):
            (self.checkout.root / name).unlink(missing_ok=True)
        table, dynamodb = self.session.outputs["ClientRegistryTableName"], self.api.aws("dynamodb")
        for item in dynamodb.scan(TableName=table)["Items"]:
            if item.get("client_id") == {"S": CLIENT} or item["id"] == {"S": f"CLIENT#{CLIENT}"}:
                dynamodb.delete_item(TableName=table, Key={"id": item["id"]})

    def _environment(self) -> dict[str, str]:
        """With the sandbox in the place of the internet: `curl` finds the domain, and believes its server."""
        path = f"{self.checkout.root / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return {**environment(), "PATH": path, "CURL_HOME": str(self.folder)}


@pytest.fixture
def reader(checkout: Checkout, session: Session, partner_api: PartnerApi, tmp_path: Path) -> Iterator[Reader]:
    """With a client that has been issued its first certificate, as the page says."""
    authority = domains(session.endpoints)["authority"]
    (tmp_path / ".curlrc").write_text(
        f'connect-to = "{partner_api.host}:443:127.0.0.1:{partner_api.port}"\n'
        f'cacert = "{authority}"\nsilent\nshow-error\nfail-with-body\n'
    )
    reader = Reader(checkout=checkout, session=session, api=partner_api, folder=tmp_path)
    reader.forgets_the_client()
    reader.types(command_with("openssl req"))
    reader.types(command_with("client issue", "--csr"))
    yield reader
    reader.forgets_the_client()


class Calling:
    """A client that calls without a pause, each time on a new connection; `refusals` has what did not go well."""

    def __init__(self, api: PartnerApi, issued: Issued) -> None:
        self.answers = 0
        self.refusals: list[str] = []
        self._api, self._issued = api, issued
        self._token = api.access_token(issued)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._call)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self.ends()

    def ends(self) -> None:
        """Returns when the last call is over."""
        self._over.set()
        self._thread.join(timeout=PATIENCE_SECONDS)

    def _call(self) -> None:
        while not self._over.wait(PAUSE_SECONDS):
            try:
                for status in (
                    self._api.protected(self._issued, self._token).status,
                    self._api.token(self._issued).status,
                ):
                    self.answers += 1
                    if status != 200:
                        self.refusals.append(str(status))
            except OSError as error:
                self.refusals.append(repr(error))

    def goes_on(self) -> None:
        """Returns when more answers have come."""
        wanted = self.answers + 4
        for _ in range(int(PATIENCE_SECONDS / PAUSE_SECONDS)):
            if self.answers >= wanted or self.refusals:
                return
            self._over.wait(PAUSE_SECONDS)


def test_the_page_takes_a_partner_to_its_first_call_and_its_commands_end_what_they_say(reader: Reader) -> None:
    assert reader.calls("/health")["status"] == "active"
    token = reader.calls("/token")["access_token"]
    assert reader.calls("/protected", token=token)

    assert reader.api.host in reader.types(command_with("ca status"))
    reader.types(command_with("client suspend"))
    assert "client_suspended" in reader.types(command_with("curl ", "/protected"), code=22, token=token)
    reader.types(command_with("client resume"))
    assert reader.calls("/protected", token=token)
    reader.types(command_with("ca crl").replace("LIST", str(reader.revocation_list())))
    assert "certificate_revoked" in reader.types(command_with("curl ", "/protected"), code=22, token=token)
    reader.types(revocation_of(reader.certificate(f"{CLIENT}.pem")))
    for path in ("/health", "/token", "/protected"):
        assert "certificate_revoked" in reader.types(command_with("curl ", path), code=22, token=token)


def test_an_authority_s_successor_stands_beside_it_and_no_good_client_is_refused_meanwhile(reader: Reader) -> None:
    api = reader.api
    port, before = api.port, api.aws("apigateway").get_domain_name(domainName=api.host)
    old = reader.certificate(f"{CLIENT}.pem")
    with Calling(api, old) as old_calls:
        reader.types(command_with("ca rotate"))
        reader.deploys()
        reader.types(command_with("client renew", "--csr"))
        new = reader.certificate(f"{CLIENT}-2027.pem")
        assert new.certificate.issuer != old.certificate.issuer
        with Calling(api, new) as new_calls:
            old_calls.goes_on()
            new_calls.goes_on()
            assert CLIENT in reader.types(retirement_of(old), code=1)  # who still has a certificate of it
            old_calls.ends()
            reader.types(revocation_of(old))
            api.revoke_all_but(CLIENT)
            reader.types(retirement_of(old))
            reader.deploys()
            with pytest.raises((OSError, EOFError, http.client.HTTPException)):
                pytest.fail(f"still in: {api.health(old)}")
            new_calls.goes_on()
    assert (old_calls.refusals, new_calls.refusals) == ([], [])
    after = api.aws("apigateway").get_domain_name(domainName=api.host)
    assert api.described_domain()["port"] == port
    same = ("regionalDomainName", "domainNameArn", "regionalCertificateArn")
    assert {name: after.get(name) for name in same} == {name: before.get(name) for name in same}
    versions = [each["mutualTlsAuthentication"]["truststoreVersion"] for each in (before, after)]
    assert versions[0] != versions[1]


def revocation_of(issued: Issued) -> str:
    return command_with("client revoke", "FINGERPRINT").replace("FINGERPRINT", issued.fingerprint)


def retirement_of(issued: Issued) -> str:
    """Of the generation that signed it: the page's is the first."""
    generation = issued.certificate.issuer.rfc4514_string().rpartition("G")[2]
    return command_with("ca retire").replace("retire partners 1 ", f"retire partners {generation} ")
