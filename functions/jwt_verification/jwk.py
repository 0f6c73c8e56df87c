"""One published key: a JWK (RFC 7517 section 4, RFC 7518 section 6) checked against what the verifier expects of keys.

    kty ──> no private members ──> use ──> key_ops ──> alg (or the rules' for such a key) ──> size, exponent or curve

A published key is good for exactly one algorithm: that of its `alg`. Where it has none, it is good for what the rules
state for its kind: one algorithm, or several for issuers whose standard leaves it to the token, as JWT-SVID does; it
becomes one `AsymmetricKey` for each. Deliberately never reads `x5c`, `x5u` or `x5t`: certificates say nothing here.
"""

from __future__ import annotations

from jwt_verification.asymmetric_key import AsymmetricKey
from jwt_verification.base64url import decode
from jwt_verification.errors import MalformedKeyId
from jwt_verification.jose_header import checked_key_id
from jwt_verification.key_set_errors import (
    InvalidPoint,
    KeyForAnotherAlgorithm,
    KeyForAnotherOperation,
    KeyForAnotherUse,
    KeyWithoutAlgorithm,
    KeyWithoutId,
    MalformedKey,
    OversizedKey,
    PrivateKeyPublished,
    UnsupportedKeyType,
    WeakKey,
    WrongCurve,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

# Kinds of keys, as the rules name them: RSA, and the curves of RFC 7518 section 6.2.1.1 with the bytes of a coordinate.
RSA = "RSA"
CURVES = {"P-256": 32, "P-384": 48, "P-521": 66}

# RFC 7518 section 3.1, without the symmetric ones and `none`: algorithm -> the kind of key that it takes.
ALGORITHMS = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), RSA),
    "ES256": "P-256",
    "ES384": "P-384",
    "ES512": "P-521",
}
# For `JwkRules.algorithms_without_alg`, where an issuer such as SPIRE publishes keys without `alg` and means these.
CUSTOMARY_ALGORITHMS = {RSA: "RS256", "P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}

MINIMUM_MODULUS_BITS = 2_048  # RFC 7518 section 3.3
MAXIMUM_MODULUS_BITS = 8_192  # verifying takes time with the square of it; OpenSSL's own bound is twice as high
MINIMUM_EXPONENT = 65_537  # FIPS 186-5 appendix A.1.1
MAXIMUM_EXPONENT = 2**32 - 1  # FIPS allows 2**256; real keys have 65537, and verifying takes time with its length
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})  # RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1


class JwkRules:
    """What a verifier expects of published keys; every leniency is stated by the caller."""

    def __init__(
        self,
        *,
        algorithms: Collection[str],
        uses: Collection[str] = ("sig",),
        use_required: bool = False,
        algorithms_without_alg: Mapping[str, str | Collection[str]] | None = None,
        key_id_required: bool = True,
        tokens_without_key_id: bool = False,
    ) -> None:
        """Take the expectations.

        Args:
            algorithms: names of `ALGORITHMS`; keys for others are left out.
            uses: accepted values of `use`: `sig`, or `jwt-svid` in a SPIFFE trust bundle.
            use_required: leave out keys without `use`.
            algorithms_without_alg: kind of key (`RSA`, `P-256`, ...) -> the algorithm, or the several, of such keys
                that have no `alg`, for example `CUSTOMARY_ALGORITHMS`; without it they are left out.
            key_id_required: leave out keys without `kid`. Where they are not left out, only tokens without `kid` can
                mean them.
            tokens_without_key_id: let a token without `kid` be verified with any key of the set for its algorithm.

        Raises:
            ValueError: no algorithm, an unknown one, or one that is not for the kind of key; no use.
        """
        if isinstance(algorithms, str) or not algorithms or not set(algorithms) <= set(ALGORITHMS):
            raise ValueError(f"algorithms is a collection of one or more of {', '.join(ALGORITHMS)}")
        if isinstance(uses, str) or not uses:
            raise ValueError("uses is a collection of one or more values of `use`, such as sig")
        stated = {
            kind: (algorithm,) if isinstance(algorithm, str) else tuple(algorithm)
            for kind, algorithm in (algorithms_without_alg or {}).items()
        }
        for kind, of_kind in stated.items():
            for algorithm in of_kind:
                if ALGORITHMS.get(algorithm) != kind:
                    raise ValueError(f"algorithms_without_alg: {algorithm!r} is no algorithm for {kind!r} keys")
        if not key_id_required and not tokens_without_key_id:
            raise ValueError("keys without `kid` verify nothing unless tokens_without_key_id is set, too")
        self.algorithms = frozenset(algorithms)
        self.uses = frozenset(uses)
        self.use_required = use_required
        self.algorithms_without_alg = stated
        self.key_id_required = key_id_required
        self.tokens_without_key_id = tokens_without_key_id


def parse_jwk(jwk: object, rules: JwkRules) -> tuple[str | None, tuple[AsymmetricKey, ...]]:
    """Return the key's `kid`, None where it has none, and the parsed key: one for each algorithm that it is good for.

    Raises:
        UnusableKey: the key must not be used; the class says why.
    """
    if type(jwk) is not dict:
        raise MalformedKey("a key is a JSON object")
    members: dict[str, Any] = jwk  # pyright: ignore[reportUnknownVariableType] -- parsed JSON has strings as names
    kind = _kind(members)
    if not _PRIVATE_MEMBERS.isdisjoint(members):
        raise PrivateKeyPublished("the key has private members")
    _check_purpose(members, rules)
    algorithms = _algorithms(members, kind, rules)
    key_id = _key_id(members, rules)
    return key_id, _rsa_keys(members, algorithms) if kind == RSA else _curve_keys(members, algorithms, kind)


def _kind(members: dict[str, Any]) -> str:
    key_type = members.get("kty")
    if key_type == "RSA":
        return RSA
    if key_type != "EC":
        raise UnsupportedKeyType("`kty` is RSA or EC")
    curve = members.get("crv")
    if type(curve) is not str or curve not in CURVES:
        raise WrongCurve(f"`crv` is one of {', '.join(CURVES)}")
    return curve


def _check_purpose(members: dict[str, Any], rules: JwkRules) -> None:
    if "use" in members or rules.use_required:
        use = members.get("use")
        if type(use) is not str or use not in rules.uses:
            raise KeyForAnotherUse(f"`use` is one of {', '.join(sorted(rules.uses))}")
    if "key_ops" in members:
        operations = members["key_ops"]
        if type(operations) is not list or "verify" not in operations:
            raise KeyForAnotherOperation("`key_ops` names `verify`")


def _algorithms(members: dict[str, Any], kind: str, rules: JwkRules) -> tuple[str, ...]:
    if "alg" not in members:
        stated = tuple(name for name in rules.algorithms_without_alg.get(kind, ()) if name in rules.algorithms)
        if not stated:
            raise KeyWithoutAlgorithm(f"`alg` is absent, and the rules state none for {kind} keys")
        return stated
    algorithm = members["alg"]
    if type(algorithm) is not str or algorithm not in rules.algorithms:
        raise KeyForAnotherAlgorithm(f"`alg` is one of {', '.join(sorted(rules.algorithms))}")
    needed = ALGORITHMS[algorithm]
    if needed != kind:
        if RSA in (needed, kind):
            raise KeyForAnotherAlgorithm(f"{algorithm} takes keys of another type")
        raise WrongCurve(f"{algorithm} takes keys on {needed}")
    return (algorithm,)


def _key_id(members: dict[str, Any], rules: JwkRules) -> str | None:
    if "kid" not in members:
        if rules.key_id_required:
            raise KeyWithoutId("`kid` is absent")
        return None
    try:
        return checked_key_id(members["kid"])
    except MalformedKeyId as error:
        raise MalformedKey(str(error)) from None


def _rsa_keys(members: dict[str, Any], algorithms: tuple[str, ...]) -> tuple[AsymmetricKey, ...]:
    modulus, exponent = _unsigned(members, "n"), _unsigned(members, "e")
    bits = modulus.bit_length()
    if bits < MINIMUM_MODULUS_BITS:
        raise WeakKey(f"the modulus has at least {MINIMUM_MODULUS_BITS} bits")
    if bits > MAXIMUM_MODULUS_BITS:
        raise OversizedKey(f"the modulus has at most {MAXIMUM_MODULUS_BITS} bits")
    if exponent < MINIMUM_EXPONENT:
        raise WeakKey(f"the exponent is at least {MINIMUM_EXPONENT}")
    if exponent > MAXIMUM_EXPONENT:
        raise OversizedKey(f"the exponent is at most {MAXIMUM_EXPONENT}")
    if not modulus & exponent & 1:
        raise MalformedKey("modulus and exponent are odd")
    try:
        return tuple(
            AsymmetricKey(
                algorithm=algorithm,
                members={"kty": "RSA", "n": members["n"], "e": members["e"]},
                signature_length=(bits + 7) // 8,
            )
            for algorithm in algorithms
        )
    except ValueError:
        raise MalformedKey("modulus and exponent are not those of a key") from None


def _curve_keys(members: dict[str, Any], algorithms: tuple[str, ...], curve: str) -> tuple[AsymmetricKey, ...]:
    size = CURVES[curve]
    if not len(_octets(members, "x")) == len(_octets(members, "y")) == size:
        raise MalformedKey(f"coordinates on {curve} have {size} bytes")  # RFC 7518 section 6.2.1.2
    try:
        return tuple(
            AsymmetricKey(
                algorithm=algorithm,
                members={"kty": "EC", "crv": curve, "x": members["x"], "y": members["y"]},
                signature_length=2 * size,
            )
            for algorithm in algorithms
        )
    except ValueError:
        raise InvalidPoint(f"not a point on {curve}") from None


def _unsigned(members: dict[str, Any], name: str) -> int:
    octets = _octets(members, name)
    if not octets or not octets[0]:
        raise MalformedKey(f"`{name}` has the fewest octets that hold it")  # RFC 7518 section 2, Base64urlUInt
    return int.from_bytes(octets, "big")


def _octets(members: dict[str, Any], name: str) -> bytes:
    value = members.get(name)
    if type(value) is not str:
        raise MalformedKey(f"`{name}` is a string")
    try:
        return decode(value.encode("ascii"))
    except ValueError:
        raise MalformedKey(f"`{name}` is base64url without padding") from None
