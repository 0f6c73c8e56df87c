"""Calls of the partner API to try: where it answers here, and the commands that make a partner first.

Its own endpoint is closed, so what people need is the domain, the port that it has on this machine, and files for
`curl`. Deliberately only commands that work when they are copied to a shell in the project's folder.
"""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sandbox.commands.partner_settings import AUTHORITY, CLIENTS, FOLDER, REQUIRED_SCOPES, RESOURCE_SERVER
from sandbox.commands.session import Session
from sandbox.server import domains

API = "partner-api"
URL_OUTPUT = "PartnerApiUrl"
ANY_CLIENT = "acme"


@dataclass(frozen=True, kw_only=True)
class PartnerCalls:
    """The API's domain on this machine, and the partner to call it as; `is_issued` where its certificate is there."""

    domain: str
    host: str
    port: int
    authority: str
    client: str
    scopes: Sequence[str]
    is_issued: bool

    @property
    def url(self) -> str:
        """Where the API answers."""
        return f"https://{self.domain}:{self.port}"

    def lines(self) -> Iterator[str]:
        """Comments and commands."""
        curl = f"curl -i --resolve {self.domain}:{self.port}:{self.host} --cacert {shlex.quote(self.authority)}"
        key, request, certificate = (f"{FOLDER}/{self.client}.{kind}" for kind in ("key", "csr", "pem"))
        yield f"# {API}: no answer, there is no certificate"
        yield f"{curl} {self.url}/health"
        if not self.is_issued:
            yield f"# {API}: first the partner {self.client}: a key of its own, and a certificate for it"
            yield (
                "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
                f'-subj "/CN={self.client}" -keyout {key} -out {request}'
            )
            scopes = " ".join(f"--scope {scope}" for scope in self.scopes)
            yield (
                f".venv/bin/python -m cli client issue {self.client} --name {self.client} {scopes} --ca {AUTHORITY} "
                f"--csr {request} --out {certificate} --target sandbox"
            )
        mutual = f"{curl} --cert {certificate} --key {key}"
        yield f"# {API}: let in with the certificate"
        yield f"{mutual} {self.url}/health"
        yield f"# {API}: a token that is worth nothing without the certificate, and what it opens"
        yield f"{mutual} -d grant_type=client_credentials {self.url}/token"
        yield f'{mutual} -H "Authorization: Bearer $(make -s token SYSTEM=partner)" {self.url}/protected'


def partner_calls(session: Session, outputs: Mapping[str, Any]) -> PartnerCalls | None:
    """The calls for what is deployed; None where there is no partner API, or its domain is not served.

    Raises SandboxError.
    """
    url = outputs.get(URL_OUTPUT)
    if not isinstance(url, str) or session.project.checkout is not None:
        return None
    return calls_at(
        url.removeprefix("https://"),
        served=domains(session.endpoints),
        settings=session.project.settings,
        root=session.project.root,
    )


def calls_at(domain: str, *, served: Mapping[str, Any], settings: Mapping[str, Any], root: Path) -> PartnerCalls | None:
    """The calls at a domain, by what the sandbox says of its domains; `root` is the project's folder."""
    found = next((each for each in served["domains"] if each["domain"] == domain), None)
    if found is None or found["problem"] or not found["port"] or not served["authority"]:
        return None
    authority = Path(served["authority"])
    client, scopes = first_client(settings)
    return PartnerCalls(
        domain=domain,
        host=found["host"],
        port=found["port"],
        authority=str(authority.relative_to(root) if authority.is_relative_to(root) else authority),
        client=client,
        scopes=scopes,
        is_issued=all((root / FOLDER / f"{client}.{kind}").is_file() for kind in ("pem", "key")),
    )


def first_client(settings: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The first partner that the settings name, with the scopes that it may have; else any, with the required ones."""
    server = settings.get(RESOURCE_SERVER) or API
    named: object = settings.get(CLIENTS)
    first: object = cast("list[object]", named)[0] if isinstance(named, list) and named else None
    members = cast("dict[str, Any]", first) if isinstance(first, dict) else {}
    scopes: object = members.get("scopes") or settings.get(REQUIRED_SCOPES) or []
    texts = [str(each) for each in cast("list[object]", scopes)] if isinstance(scopes, list) else []
    return str(members.get("name") or ANY_CLIENT), [f"{server}/{each}" for each in texts]
