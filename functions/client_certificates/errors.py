# ruff: noqa: N818 -- these names are read as reasons: a certificate is expired, a client is suspended
"""Why a certificate does not let anybody in, by who could do something about it.

    CertificateRefused
    ├── NotIdentified                                             nobody is known to call: 401
    │   ├── CertificateMissing       certificate_missing          the request came without one
    │   ├── CertificateMalformed     certificate_malformed        not one PEM block of one strict DER certificate
    │   ├── CertificateExpired       certificate_expired
    │   ├── CertificateNotYetValid   certificate_not_yet_valid
    │   └── CertificateUnknown       certificate_unknown          nobody has registered it
    ├── NotAllowed                                                it is known who calls, and they must not: 403
    │   ├── CertificateSuspended     certificate_suspended
    │   ├── CertificateRevoked       certificate_revoked          in the registry, or by a CRL of its issuer
    │   └── ClientSuspended          client_suspended             all certificates of the client
    └── StandingUnknown              registry_unavailable         nothing is known: 503, and nobody is let in
        └── RevocationListStale      revocation_list_stale        the issuer's CRL is past its next update

Codes are part of the contract with logs, metrics and callers: add, never rename. `temporary` says that the same
certificate may be good soon, so that nobody may keep the refusal. No message repeats what the caller sent.
"""


class CertificateRefused(Exception):
    """The certificate lets nobody in. `code` and `temporary` are constants of the class."""

    code = "certificate_refused"
    temporary = False


class NotIdentified(CertificateRefused):
    """It is not known who calls."""


class CertificateMissing(NotIdentified):
    """The request came over a connection without a client certificate."""

    code = "certificate_missing"


class CertificateMalformed(NotIdentified):
    """What the event has is not one certificate."""

    code = "certificate_malformed"


class CertificateExpired(NotIdentified):
    """`notAfter` has passed."""

    code = "certificate_expired"


class CertificateNotYetValid(NotIdentified):
    """`notBefore` has not been reached."""

    code = "certificate_not_yet_valid"
    temporary = True


class CertificateUnknown(NotIdentified):
    """No record has this certificate's fingerprint."""

    code = "certificate_unknown"
    temporary = True  # it may be registered in a moment


class NotAllowed(CertificateRefused):
    """The caller is known and must not go on."""


class CertificateSuspended(NotAllowed):
    """An operator has suspended this certificate."""

    code = "certificate_suspended"


class CertificateRevoked(NotAllowed):
    """An operator, or the issuer's CRL, has revoked this certificate."""

    code = "certificate_revoked"


class ClientSuspended(NotAllowed):
    """An operator has suspended the client with all its certificates."""

    code = "client_suspended"


class StandingUnknown(CertificateRefused):
    """The registry cannot be read, so nothing is known about the certificate."""

    code = "registry_unavailable"
    temporary = True


class RevocationListStale(StandingUnknown):
    """The issuer's revocation list is past its next update: what it has revoked since is not known."""

    code = "revocation_list_stale"
