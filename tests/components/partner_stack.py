"""Settings of a stack with the partner API, by name without the namespace."""

from pathlib import Path
from typing import Any

from tests.functions.partners.authority import Authority


def partner_settings(folder: Path) -> dict[str, Any]:
    """A domain that shows a certificate of ACM, and one partner; the truststore is a file in `folder`."""
    truststore = folder / "truststore.pem"
    truststore.write_text(Authority().pem, encoding="ascii")
    return {
        "partnerEnabled": True,
        "partnerCertificateArn": "arn:aws:acm:ap-southeast-3:111122223333:certificate/of-partners",
        "partnerClients": [{"name": "acme", "scopes": ["read"]}],
        "partnerDomainName": "partners.example.com",
        "partnerDomainPrefix": "partners-of-example",
        "partnerRequiredScopes": ["read"],
        "partnerScopes": [{"name": "read", "description": "Read what is protected"}],
        "partnerTruststore": str(truststore),
    }
