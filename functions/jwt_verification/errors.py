# ruff: noqa: N818 -- these names are read as reasons: a token is expired, a caller is not permitted
"""Why a token was refused: one class per check, each with a stable reason code.

    JwtError
    ├── MissingToken                 missing_token                no credential, or not of the Bearer scheme
    ├── TokenTooLarge                token_too_large              longer than any token that we issue could be
    ├── MalformedToken               malformed_token              not a text of three parts with dots between them
    │   ├── NotBase64Url             not_base64url                a part is not canonical base64url without padding
    │   ├── NotJsonObject            not_json_object              header or payload is not one JSON object
    │   ├── NotUtf8                  not_utf8                     header or payload is not UTF-8
    │   ├── DuplicateMember          duplicate_member             a name occurs twice in an object
    │   ├── NumberOutOfRange         number_out_of_range          NaN, infinite, 1e999, thousands of digits
    │   └── TooDeep                  too_deep                     nested, or with more objects, than any token is
    ├── UnsupportedAlgorithm         unsupported_algorithm        `alg` is not the one that the verifier pins
    ├── UnsupportedTokenType         unsupported_token_type       `typ` is present and not one that the verifier accepts
    ├── UnsupportedCriticalHeader    unsupported_critical_header  `crit` or `b64` is present; we understand no extension
    ├── UnsupportedHeader            unsupported_header           a member that this kind of token must not have
    ├── EmbeddedKey                  embedded_key                 the token brings, or points at, its own key
    ├── MalformedKeyId               malformed_key_id             `kid` is not a short string
    ├── UnknownKey                   unknown_key                  no key of that id is in use
    ├── InvalidSignature             invalid_signature
    └── ClaimError                                                (checked only after the signature)
        ├── MissingClaim             missing_claim
        ├── MalformedClaim           malformed_claim              wrong type, for example `exp` as a string
        ├── TokenExpired             token_expired
        ├── TokenNotYetValid         token_not_yet_valid          `nbf` is in the future
        │   └── IssuedInTheFuture    issued_in_the_future         `iat` is
        ├── WrongIssuer              wrong_issuer
        └── WrongAudience            wrong_audience

Codes are part of the contract with logs, metrics and callers: add, never rename. `temporary` says that the same token
may be good soon, so that no cache may keep the refusal. A message says which check failed
and what it expected, and never repeats a value from the token, so that it may be shown to whoever configures the
verifier.

    WeakHmacKey                      weak_hmac_key                a ValueError: the key is too short, whatever the token
"""


class JwtError(Exception):
    """The token must not be trusted. `code` is the stable reason; it is a constant of the class, never data."""

    code = "invalid_token"
    temporary = False


class MissingToken(JwtError):
    """The request has no bearer token."""

    code = "missing_token"


class TokenTooLarge(JwtError):
    """The token is longer than the verifier reads."""

    code = "token_too_large"


class MalformedToken(JwtError):
    """The token is not a compact JWS (RFC 7515 section 7.1), or what is below: of strict base64url and strict JSON."""

    code = "malformed_token"


class NotBase64Url(MalformedToken):
    """A part is not the one canonical base64url text of any bytes (RFC 7515 section 2)."""

    code = "not_base64url"


class NotJsonObject(MalformedToken):
    """Header or payload is not exactly one JSON object (RFC 7519 section 7.2)."""

    code = "not_json_object"


class NotUtf8(MalformedToken):
    """Header or payload is not UTF-8, or escapes half a surrogate pair, which UTF-8 cannot hold."""

    code = "not_utf8"


class DuplicateMember(MalformedToken):
    """A name occurs twice in an object of header or payload (RFC 7515 section 4, RFC 7519 section 4)."""

    code = "duplicate_member"


class NumberOutOfRange(MalformedToken):
    """A number is none of JSON, or two parsers would read two numbers (RFC 8259 section 6)."""

    code = "number_out_of_range"


class TooDeep(MalformedToken):
    """Header or payload has more objects and arrays than any token needs, so that nothing deep is ever parsed."""

    code = "too_deep"


class UnsupportedAlgorithm(JwtError):
    """The header's `alg` is not the algorithm that the verifier was built for."""

    code = "unsupported_algorithm"


class UnsupportedTokenType(JwtError):
    """The header's `typ` names another kind of token."""

    code = "unsupported_token_type"


class UnsupportedCriticalHeader(JwtError):
    """The header demands an extension (`crit`, RFC 7515 section 4.1.11), or has `b64` (RFC 7797), which is one."""

    code = "unsupported_critical_header"


class UnsupportedHeader(JwtError):
    """The header has a member that this kind of token must not have (only where the verifier says which it may)."""

    code = "unsupported_header"


class EmbeddedKey(JwtError):
    """The header carries a key or an address of one, which only an attacker would want used."""

    code = "embedded_key"


class MalformedKeyId(JwtError):
    """The header's `kid` is not a short, printable string."""

    code = "malformed_key_id"


class UnknownKey(JwtError):
    """No key with the token's `kid` is in use."""

    code = "unknown_key"
    temporary = True  # it may be the next one, which a cool-down keeps us from reading


class InvalidSignature(JwtError):
    """The signature was not made with the key over these very bytes."""

    code = "invalid_signature"


class ClaimError(JwtError):
    """The signature is good, a claim is not. `claim` is the claim's name."""

    code = "invalid_claim"

    def __init__(self, claim: str, message: str) -> None:
        """Keep the claim's name beside the message."""
        super().__init__(message)
        self.claim = claim


class MissingClaim(ClaimError):
    """A required claim is absent."""

    code = "missing_claim"


class MalformedClaim(ClaimError):
    """A claim is present with a type or a form that its definition does not allow."""

    code = "malformed_claim"


class TokenExpired(ClaimError):
    """`exp` has been reached."""

    code = "token_expired"


class TokenNotYetValid(ClaimError):
    """`nbf` has not been reached."""

    code = "token_not_yet_valid"
    temporary = True


class IssuedInTheFuture(TokenNotYetValid):
    """`iat` is later than any clock difference explains."""

    code = "issued_in_the_future"


class WrongIssuer(ClaimError):
    """`iss` is not an issuer that the verifier trusts."""

    code = "wrong_issuer"


class WrongAudience(ClaimError):
    """`aud` does not name the verifier."""

    code = "wrong_audience"


class WeakHmacKey(ValueError):
    """An HMAC key is shorter than its hash (RFC 7518 section 3.2). Nothing is known about any token then."""

    code = "weak_hmac_key"
    temporary = True
