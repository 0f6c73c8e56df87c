# ruff: noqa: N818 -- as in `jwt_verification.errors`, these names are read as reasons
"""Why a JWT-SVID was refused, or its trust domain's keys cannot be had, beside the reasons of `jwt_verification`.

    jwt_verification.errors.JwtError
    └── ClaimError
        ├── MalformedSpiffeId      malformed_spiffe_id       `sub` is not a SPIFFE ID
        └── WrongTrustDomain       wrong_trust_domain        `sub` is of a trust domain that is not configured

    jwt_verification.key_set_errors.KeySetError              (temporary: nothing is known about the token)
    └── KeySetMalformed            key_set_malformed         also: no discovery document, no trust bundle
        ├── IssuerMismatch         issuer_mismatch           the discovery document is another issuer's
        └── TrustBundleOutdated    trust_bundle_outdated     its `spiffe_sequence` is lower than one seen before

    SettingsError                                            what is configured cannot be meant; names the variable

Codes are stable: add, never rename. Messages repeat nothing from tokens and fetched documents.
"""

from jwt_verification.errors import ClaimError
from jwt_verification.key_set_errors import KeySetMalformed


class MalformedSpiffeId(ClaimError):
    """`sub` is not a SPIFFE ID (JWT-SVID standard, section 3.1); the message says which rule it breaks."""

    code = "malformed_spiffe_id"


class WrongTrustDomain(ClaimError):
    """`sub` is of a trust domain whose tokens are not accepted here."""

    code = "wrong_trust_domain"


class IssuerMismatch(KeySetMalformed):
    """The discovery document's `issuer` is not the configured one (OpenID Connect Discovery 1.0, section 4.3)."""

    code = "issuer_mismatch"


class TrustBundleOutdated(KeySetMalformed):
    """The bundle is older than one that this process has seen: whoever serves it would bring back withdrawn keys."""

    code = "trust_bundle_outdated"


class SettingsError(ValueError):
    """A setting is missing, or cannot be meant. The message starts with the variable's name and says what to do."""
