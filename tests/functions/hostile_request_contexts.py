"""Attacks on what API Gateway itself says of a caller, the client certificate and the address: none may be allowed.

Only API Gateway writes `requestContext`, so most of this can only come to be by a defect, there or on the way. Made
from a good REQUEST event; each with the reason that it must be refused for.
"""

from typing import Any

from tests.functions.hostile_events import NOT_OBJECTS, NOT_STRINGS, with_header
from tests.functions.support import without

Rows = dict[str, tuple[dict[str, Any], str]]


def _with_identity(request: dict[str, Any], identity: Any) -> dict[str, Any]:
    return {**request, "requestContext": {**request["requestContext"], "identity": identity}}


def hostile_certificates(request: dict[str, Any]) -> Rows:
    """The certificate missing, misplaced, or no certificate."""
    context, identity = request["requestContext"], request["requestContext"]["identity"]
    described: dict[str, Any] = identity["clientCert"]
    pem: str = described["clientCertPem"]
    alone = without(identity, "clientCert")
    nowhere = _with_identity(request, alone)
    missing: dict[str, Any] = {
        "no request context": without(request, "requestContext"),
        "a null request context": {**request, "requestContext": None},
        "no identity": {**request, "requestContext": without(context, "identity")},
        "a null identity": _with_identity(request, None),
        **{f"identity: {what}": _with_identity(request, value) for what, value in NOT_OBJECTS.items()},
        "no certificate": nowhere,
        "a null certificate": _with_identity(request, {**identity, "clientCert": None}),
        "the certificate in a header": with_header(nowhere, "X-Client-Cert", pem.replace("\n", "%0A")),
        "clientCert in a header": with_header(nowhere, "clientCert", pem),
        "the certificate where HTTP APIs have it": {
            **nowhere,
            "requestContext": {**nowhere["requestContext"], "authentication": {"clientCert": described}},
        },
        "the certificate beside identity": {
            **nowhere,
            "requestContext": {**nowhere["requestContext"], "clientCert": described},
        },
        "the certificate in the event": {**nowhere, "clientCert": described},
    }
    certificates: dict[str, Any] = {
        "an empty certificate": {},
        "no PEM": without(described, "clientCertPem"),
        "a null PEM": {**described, "clientCertPem": None},
        "the PEM in the place of the certificate": pem,
        "a list of certificates": [described],
        **{f"PEM: {what}": {**described, "clientCertPem": value} for what, value in NOT_STRINGS.items()},
    }
    texts = {
        "empty": "",
        "twice": pem + pem,
        "a text before": f"Subject: acme\n{pem}",
        "a text after": f"{pem}Subject: acme\n",
        "another kind of block": pem.replace("CERTIFICATE", "PUBLIC KEY"),
        "without its frame": "".join(pem.splitlines()[1:-1]),
        "cut short": pem[: len(pem) // 2],
        "URL-encoded": pem.replace("\n", "%0A").replace(" ", "%20"),
        "a NUL": pem.replace("\n", "\x00", 2),
        "half a surrogate pair": f"{pem}\ud800",
        "a letter that is not ASCII": pem.replace("M", "\u041c", 1),
        "a megabyte": pem.replace("\n", "\n" * 1_000_000, 1),
    }
    certificates |= {f"PEM: {what}": {**described, "clientCertPem": text} for what, text in texts.items()}
    rows = {what: (event, "certificate_missing") for what, event in missing.items()}
    for what, value in certificates.items():
        rows[what] = _with_identity(request, {**identity, "clientCert": value}), "certificate_malformed"
    return rows


def hostile_sources(request: dict[str, Any]) -> Rows:
    """The caller's address missing, or none."""
    identity = request["requestContext"]["identity"]
    sources: dict[str, Any] = {
        "null": None,
        "empty": "",
        "a name": "localhost",
        "two addresses": "192.0.2.10, 192.0.2.11",
        "an address and a port": "192.0.2.10:443",
        "a network": "192.0.2.0/24",
        "an octal number": "0300.0.2.10",
        "as one number": "3221225994",
        "digits of another script": "١٩٢.0.2.10",
        "a line end after": "192.0.2.10\n",
        "half a surrogate pair": "192.0.2.10\ud800",
        "a megabyte": "1" * 1_000_000,
        **NOT_STRINGS,
    }
    events = {
        "no request context": without(request, "requestContext"),
        "no identity": {**request, "requestContext": without(request["requestContext"], "identity")},
        "no source": _with_identity(request, without(identity, "sourceIp")),
        "the source in a header": with_header(
            _with_identity(request, without(identity, "sourceIp")), "X-Forwarded-For", "192.0.2.10"
        ),
        **{f"identity: {what}": _with_identity(request, value) for what, value in NOT_OBJECTS.items()},
        **{f"source: {what}": _with_identity(request, {**identity, "sourceIp": it}) for what, it in sources.items()},
    }
    return {what: (event, "source_unknown") for what, event in events.items()}
