# ruff: noqa: N818 -- these names are read as reasons: a key is weak, a key set is too large
"""What can be wrong with published keys: with the whole set, which is not used then, or one key, which is left out.

    KeySetError                          key_set_unavailable        no key set may be used now
    ├── KeySetUnreachable                key_set_unreachable        no answer, a failed TLS handshake, not status 200
    ├── KeySetTooSlow                    key_set_too_slow           not complete within the time limit
    ├── KeySetTooLarge                   key_set_too_large          more bytes, or more keys, than any issuer needs
    ├── KeySetRedirected                 key_set_redirected         the issuer points elsewhere; nobody follows
    └── KeySetMalformed                  key_set_malformed          not a JWK Set in strict JSON

    UnusableKey                          unusable_key
    ├── UnsupportedKeyType               unsupported_key_type       not RSA or EC; symmetric keys are never published
    ├── PrivateKeyPublished              private_key_published      it is no secret any more
    ├── KeyForAnotherUse                 key_for_another_use        `use` does not say what the rules expect
    ├── KeyForAnotherOperation           key_for_another_operation  `key_ops` does not name `verify`
    ├── KeyForAnotherAlgorithm           key_for_another_algorithm  `alg` is not accepted, or not one for such a key
    ├── KeyWithoutAlgorithm              key_without_algorithm      no `alg`, and the rules give such keys none
    ├── KeyWithoutId                     key_without_id             no `kid`, and the rules want one
    ├── DuplicateKeyId                   duplicate_key_id           two keys that a token could mean: neither is used
    ├── WrongCurve                       wrong_curve                not the curve of the key's algorithm
    ├── InvalidPoint                     invalid_point              not a point on the curve
    ├── WeakKey                          weak_key                   a modulus or exponent that is too small
    ├── OversizedKey                     oversized_key              a modulus or exponent that costs too much
    └── MalformedKey                     malformed_key              a member is absent, or not in its defined form

As in `errors`, codes are stable, and no message repeats a value from what was fetched.
"""


class KeySetError(Exception):
    """No key set may be used, so nothing is known about the token. `code` is a constant of the class."""

    code = "key_set_unavailable"
    temporary = True  # as in `errors`: the same token may be good soon


class KeySetUnreachable(KeySetError):
    """The issuer did not answer, or not with the key set."""

    code = "key_set_unreachable"


class KeySetTooSlow(KeySetError):
    """The answer was not complete within the time limit."""

    code = "key_set_too_slow"


class KeySetTooLarge(KeySetError):
    """The answer has more bytes, or the set more keys, than the limit."""

    code = "key_set_too_large"


class KeySetRedirected(KeySetError):
    """The issuer answered with a redirection. Where keys come from is configured, not answered."""

    code = "key_set_redirected"


class KeySetMalformed(KeySetError):
    """The answer is not a JWK Set (RFC 7517 section 5) in strict JSON."""

    code = "key_set_malformed"


class UnusableKey(Exception):
    """One key of a set must not verify anything; the others may."""

    code = "unusable_key"


class UnsupportedKeyType(UnusableKey):
    """`kty` is not RSA or EC."""

    code = "unsupported_key_type"


class PrivateKeyPublished(UnusableKey):
    """The key has private members: whoever reads the set can sign with it."""

    code = "private_key_published"


class KeyForAnotherUse(UnusableKey):
    """`use` (RFC 7517 section 4.2) is not one that the rules accept, or is absent where they require it."""

    code = "key_for_another_use"


class KeyForAnotherOperation(UnusableKey):
    """`key_ops` (RFC 7517 section 4.3) is present and does not name `verify`."""

    code = "key_for_another_operation"


class KeyForAnotherAlgorithm(UnusableKey):
    """`alg` (RFC 7517 section 4.4) is not one that the rules accept, or not one for this type of key."""

    code = "key_for_another_algorithm"


class KeyWithoutAlgorithm(UnusableKey):
    """There is no `alg`, and the rules do not say which one such a key is for."""

    code = "key_without_algorithm"


class KeyWithoutId(UnusableKey):
    """There is no `kid`, and the rules require one."""

    code = "key_without_id"


class DuplicateKeyId(UnusableKey):
    """Another key of the set has the same `kid` and algorithm."""

    code = "duplicate_key_id"


class WrongCurve(UnusableKey):
    """`crv` is not the curve of the key's algorithm (RFC 7518 section 3.4)."""

    code = "wrong_curve"


class InvalidPoint(UnusableKey):
    """The coordinates are not those of a point on the curve."""

    code = "invalid_point"


class WeakKey(UnusableKey):
    """An RSA modulus or exponent is too small (RFC 7518 section 3.3)."""

    code = "weak_key"


class OversizedKey(UnusableKey):
    """An RSA modulus or exponent is so large that verifying with it is an attack on us."""

    code = "oversized_key"


class MalformedKey(UnusableKey):
    """A member is absent or not in the form that RFC 7517 or RFC 7518 defines."""

    code = "malformed_key"
