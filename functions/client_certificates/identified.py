"""Who calls, for the functions behind the chains: the verdict in the authorizer's context, or the answer it stands for.

Closed by default: a context without a verdict, with one that is not known here, or about another certificate than the
one of this very request, lets nobody go on. The last keeps a decision for one certificate from being used for another,
should anybody ever let API Gateway cache it.
"""

from __future__ import annotations

from hmac import compare_digest

from api_responses.refusals import Refusal, internal_error, not_authorized, unavailable
from client_certificates.errors import CertificateRefused
from client_certificates.presented import certificate_in, pem_in
from client_certificates.verdict import IDENTIFIED, UNAVAILABLE, VERDICT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from client_certificates.certificate import Certificate


class NoVerdict(Exception):  # noqa: N818 -- read as a reason
    """The request did not come through one of the chains, or not with this certificate."""

    def __init__(self, reason: str) -> None:
        """Take a stable code."""
        super().__init__(reason)
        self.reason = reason


class DependencyUnavailable(Exception):  # noqa: N818 -- read as a reason
    """The chain could not read what it needs."""

    def __init__(self, reason: str) -> None:
        """Take the chain's code."""
        super().__init__(reason)
        self.reason = reason


class Identified:
    """The caller's certificate and what the registry says of it."""

    __slots__ = ("app_client_id", "certificate", "client_id", "scopes", "status")

    def __init__(
        self, *, certificate: Certificate, client_id: str, app_client_id: str, scopes: frozenset[str], status: str
    ) -> None:
        """Hold it."""
        self.certificate = certificate
        self.client_id = client_id
        self.app_client_id = app_client_id
        self.scopes = scopes
        self.status = status


def identified(event: Any) -> Identified:
    """Return who calls, from the event of a function behind one of the chains.

    Raises:
        DependencyUnavailable: the chain could not find out.
        NoVerdict: nothing says who calls.
    """
    context = _context(event)
    if context.get(VERDICT) == UNAVAILABLE:
        raise DependencyUnavailable(_text(context, "reason") or "registry_unavailable")
    if context.get(VERDICT) != IDENTIFIED:
        raise NoVerdict("no_verdict")
    client_id, app_client_id, thumbprint, status = (
        _text(context, name) for name in ("client_id", "app_client_id", "certificate_sha256", "status")
    )
    scopes = frozenset(_text(context, "scopes").split())
    if not (client_id and app_client_id and thumbprint and status and scopes):
        raise NoVerdict("malformed_verdict")
    try:
        certificate = certificate_in(pem_in(event["requestContext"]))
    except CertificateRefused:
        raise NoVerdict("no_certificate") from None
    if not compare_digest(certificate.thumbprint.encode(), thumbprint.encode()):
        raise NoVerdict("verdict_of_another_certificate")
    return Identified(
        certificate=certificate, client_id=client_id, app_client_id=app_client_id, scopes=scopes, status=status
    )


def refusal_for(error: Exception) -> Refusal:
    """Return the answer of a function that is not let go on; anything unexpected is a defect of ours."""
    if isinstance(error, DependencyUnavailable):
        return unavailable(reason=error.reason)
    if isinstance(error, NoVerdict):
        return not_authorized(reason=error.reason)
    return internal_error()


def _context(event: Any) -> Mapping[str, Any]:
    try:
        context: Any = event["requestContext"]["authorizer"]
    except (KeyError, TypeError):
        context = None
    if type(context) is not dict:
        raise NoVerdict("no_verdict")
    return context  # pyright: ignore[reportUnknownVariableType] -- JSON


def _text(context: Mapping[str, Any], name: str) -> str:
    value = context.get(name)
    return value if type(value) is str else ""
