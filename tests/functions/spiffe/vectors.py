"""Two federated trust domains, what they publish, and the attack table of tokens against a verifier of both.

    company.internal   OIDC discovery + JWKS     RS256 and ES256 keys, without `alg` and `use`, as SPIRE serves them
    partner.example    SPIFFE trust bundle       ES384 key; the same `kid` as a key of company.internal, on purpose

Every token is signed with the right key unless the signature is what is wrong with it, and everything is text that an
HTTP header can carry, so that the same table goes through the library, the extension, and the API. `World` takes other
addresses and another time for whoever serves the documents for real.
"""

import hmac
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from jwt_verification.base64url import encode
from jwt_verification.key_set_fetcher import InMemoryKeySets
from spiffe_verifier.from_environment import verifier_of
from spiffe_verifier.jwt_svid_verifier import JwtSvidVerifier
from spiffe_verifier.oidc_keys import DISCOVERY_PATH
from tests.functions import issuer
from tests.functions.spiffe.spiffe_ids import LOOK_ALIKES, MALFORMED_SPIFFE_IDS, TRUST_DOMAIN, spiffe_id_of
from tests.functions.support import NOW, Clock, without

ISSUER = "https://spire.company.internal"
BUNDLE_URL = "https://partner.example/bundle.json"
PARTNER = "partner.example"
AUDIENCE = "api://poc"
SECOND_AUDIENCE = "spiffe://company.internal/reports"
WORKLOAD = f"spiffe://{TRUST_DOMAIN}/ns/prod/sa/api"
PARTNERS_WORKLOAD = f"spiffe://{PARTNER}/ns/prod/sa/api"

RSA_KEY_ID, EC_KEY_ID = "company-rsa", "shared-kid"
RSA_KEY, EC_KEY, PARTNERS_KEY = (
    issuer.private_key("RSA"),
    issuer.private_key("P-256"),
    issuer.private_key("P-384", 1),
)
X509_KEY = issuer.private_key("P-256", 2)
STRANGERS_KEY = issuer.private_key("P-256", 9)


def spire_jwk(algorithm: str, *, key: issuer.PrivateKey, kid: str, **members: Any) -> dict[str, Any]:
    """A key as SPIRE publishes it: without `alg`, and without `use` where the set is not a bundle."""
    jwk = issuer.public_jwk(algorithm, key=key, kid=kid)
    return {**without(without(jwk, "alg"), "use"), **members}


class World:
    """The trust domains' documents and tokens, for these addresses and this time."""

    def __init__(self, *, issuer_url: str = ISSUER, bundle_url: str = BUNDLE_URL, now: int = NOW) -> None:
        self.issuer_url = issuer_url
        self.bundle_url = bundle_url
        self.now = now
        self.environment = {
            "OIDC_ISSUER_URL": issuer_url,
            "TRUST_BUNDLE_URL": f"{PARTNER}={bundle_url}",
            "REQUIRED_TRUST_DOMAIN": f"spiffe://{TRUST_DOMAIN} {PARTNER}",
            "EXPECTED_AUDIENCE": f"{AUDIENCE},{SECOND_AUDIENCE}",
            "JWKS_REFRESH": "120s",
            **({"PLAIN_HTTP_ISSUERS": "allowed"} if "http://" in issuer_url + bundle_url else {}),
        }
        self.discovery_url = issuer_url + DISCOVERY_PATH
        self.jwks_url = issuer_url + "/keys"
        self.discovery: dict[str, Any] = {
            "issuer": issuer_url,
            "jwks_uri": self.jwks_url,
            "response_types_supported": ["id_token"],
        }
        self.jwks: dict[str, Any] = {
            "keys": [
                spire_jwk("RS256", key=RSA_KEY, kid=RSA_KEY_ID),
                spire_jwk("ES256", key=EC_KEY, kid=EC_KEY_ID),
                {"kty": "oct", "k": "AAAA", "kid": "symmetric"},
            ]
        }
        self.bundle: dict[str, Any] = {
            "spiffe_sequence": 12,
            "spiffe_refresh_hint": 60,
            "keys": [
                spire_jwk("ES256", key=X509_KEY, kid="x509", use="x509-svid", x5c=["MIIB"]),
                spire_jwk("ES384", key=PARTNERS_KEY, kid=EC_KEY_ID, use="jwt-svid"),
            ],
        }

    @property
    def documents(self) -> dict[str, bytes]:
        """What is published, by address."""
        return {
            self.discovery_url: json.dumps(self.discovery).encode(),
            self.jwks_url: json.dumps(self.jwks).encode(),
            self.bundle_url: json.dumps(self.bundle).encode(),
        }

    def fetcher(self) -> InMemoryKeySets:
        """Fetches the documents without a network."""
        return InMemoryKeySets(self.documents)

    def verifier(self, fetcher: InMemoryKeySets | None = None) -> JwtSvidVerifier:
        """The verifier under attack."""
        return verifier_of(
            self.environment,
            fetcher=fetcher or self.fetcher(),
            clock=Clock(self.now),
            monotonic_clock=Clock(0),
        )

    def claims(self, **members: Any) -> dict[str, Any]:
        """Claims as SPIRE signs them, with members replaced or added."""
        return {
            "sub": WORKLOAD,
            "aud": [AUDIENCE],
            "exp": self.now + 300,
            "iat": self.now,
            "iss": self.issuer_url,
            **members,
        }

    def token(
        self,
        algorithm: str = "ES256",
        *,
        header: Mapping[str, Any] | None = None,
        key: issuer.PrivateKey | None = None,
        payload: Mapping[str, Any] | bytes | None = None,
        **members: Any,
    ) -> str:
        """A good token of company.internal, or one with parts replaced."""
        rsa = algorithm.startswith(("RS", "PS"))
        return issuer.token(
            algorithm,
            header_part=svid_header(algorithm, RSA_KEY_ID if rsa else EC_KEY_ID) if header is None else header,
            payload=self.claims(**members) if payload is None else payload,
            key=key or (RSA_KEY if rsa else EC_KEY),
        )

    def partners_token(self, *, header: Mapping[str, Any] | None = None, **members: Any) -> str:
        """A good token of partner.example, which is another issuer's, or one with parts replaced."""
        claims: dict[str, Any] = {"sub": PARTNERS_WORKLOAD, "iss": "https://partner.example", **members}
        return self.token("ES384", header=header or svid_header("ES384", EC_KEY_ID), key=PARTNERS_KEY, **claims)

    def good(self) -> dict[str, str]:
        """Tokens that must verify."""
        no_kid = without(svid_header("ES256", EC_KEY_ID), "kid")
        return {
            "RS256": self.token("RS256"),
            "ES256": self.token(),
            **{name: self.token(name) for name in ("RS384", "RS512", "PS256", "PS384", "PS512")},
            "typ JOSE": self.token(header={**svid_header("ES256", EC_KEY_ID), "typ": "JOSE"}),
            "no typ": self.token(header=without(svid_header("ES256", EC_KEY_ID), "typ")),
            "no kid": self.token(header=no_kid),
            "no kid, RS256": self.token("RS256", header={"alg": "RS256"}),
            "no iss": self.token(payload=without(self.claims(), "iss")),
            "aud as a string": self.token(aud=AUDIENCE),
            "several audiences": self.token(aud=["other", AUDIENCE, "api://else"]),
            "the second audience": self.token(aud=SECOND_AUDIENCE),
            "nbf now": self.token(nbf=self.now),
            "exp with a fraction": self.token(exp=self.now + 300.5),
            "private claims": self.token(team="payments", nested={"a": [1, None]}),
            "a SPIFFE ID of 2,048 bytes": self.token(sub=spiffe_id_of(2_048)),
            "the trust domain itself": self.token(sub=f"spiffe://{TRUST_DOMAIN}"),
            "the partner's": self.partners_token(),
            "the partner's, no kid": self.partners_token(header={"alg": "ES384"}),
        }

    def attacks(self) -> dict[str, dict[str, str]]:
        """Tokens that must be refused, by the reason; see `test_attacks` for how each reason is covered."""
        good = svid_header("ES256", EC_KEY_ID)
        signed = self.token()
        head, payload, signature = signed.split(".")
        return {
            "malformed_token": {
                "the general JSON serialization": json.dumps(
                    {"payload": payload, "signatures": [{"protected": head, "signature": signature}]}
                ),
                "the flattened JSON serialization": json.dumps(
                    {"payload": payload, "protected": head, "signature": signature}
                ),
                "two parts": f"{head}.{payload}",
                "five parts, as an encrypted token has": f"{signed}.{signature}.{signature}",
            },
            "not_base64url": {"padding": f"{signed}="},
            "not_json_object": {
                "a payload that is not JSON": self.token(payload=b"claims"),
                "a payload that is an array": self.token(payload=b"[]"),
            },
            "not_utf8": {"sub in Latin-1": self.token(payload=b'{"sub":"%s\xe9"}' % WORKLOAD.encode())},
            "duplicate_member": {
                "sub twice": self.token(payload=b'{"sub":"%s","sub":"spiffe://evil.example/a"}' % WORKLOAD.encode()),
            },
            "number_out_of_range": {
                "exp without an end": self.token(payload=b'{"sub":"%s","exp":1e999}' % WORKLOAD.encode()),
            },
            "too_deep": {"a nested bomb": self.token(payload=b'{"a":' * 500 + b"1" + b"}" * 500)},
            "missing_token": {"empty": ""},
            "token_too_large": {"one byte more than is read": self.token(filling="a" * 8_192)},
            "unsupported_algorithm": {
                "none": self.token(header={**good, "alg": "none"}),
                "none without a signature": f"{_part({**good, 'alg': 'none'})}.{payload}.",
                "HS256 with the public key in PEM": self._hs256(_public(serialization.Encoding.PEM)),
                "HS256 with the public key in DER": self._hs256(_public(serialization.Encoding.DER)),
                "HS256 with the modulus": self._hs256(spire_jwk("RS256", key=RSA_KEY, kid="")["n"].encode()),
                "HS256 with the key set": self._hs256(json.dumps(self.jwks).encode()),
                "HS256 with the symmetric key of the set": self._hs256(b"\x00\x00\x00", kid="symmetric"),
                "EdDSA": self._ed25519(),
                "Ed25519": self._ed25519("Ed25519"),
                "ES256K": self.token(header={**good, "alg": "ES256K"}),
                "RS1": self.token(header={**good, "alg": "RS1"}),
                "lower case": self.token(header={**good, "alg": "es256"}),
                "missing": self.token(header=without(good, "alg")),
                "a list": self.token(header={**good, "alg": ["ES256"]}),
            },
            "unsupported_token_type": {
                "an access token": self.token(header={**good, "typ": "at+jwt"}),
                "lower case": self.token(header={**good, "typ": "jwt"}),
                "a media type": self.token(header={**good, "typ": "application/jwt"}),
                "a WIT-SVID": self.token(header={**good, "typ": "wit+jwt"}),
                "null": self.token(header={**good, "typ": None}),
            },
            "unsupported_critical_header": {
                "an unknown extension": self.token(header={**good, "crit": ["exp"], "exp": 1}),
                "an empty list": self.token(header={**good, "crit": []}),
                "b64": self.token(header={**good, "crit": ["b64"], "b64": False}),
            },
            "embedded_key": {
                "jwk, and signed with it": self.token(
                    header={**good, "jwk": spire_jwk("ES256", key=STRANGERS_KEY, kid=EC_KEY_ID)}, key=STRANGERS_KEY
                ),
                "jku": self.token(header={**good, "jku": "https://evil.example/keys"}),
                "jku of the issuer": self.token(header={**good, "jku": self.jwks_url}),
                "x5u": self.token(header={**good, "x5u": "https://evil.example/chain.pem"}),
                "x5c": self.token(header={**good, "x5c": ["MIIB"]}),
            },
            "unsupported_header": {
                "cty": self.token(header={**good, "cty": "JWT"}),
                "x5t": self.token(header={**good, "x5t": "AAAA"}),
                "x5t#S256": self.token(header={**good, "x5t#S256": "AAAA"}),
                "b64 without crit": self.token(header={**good, "b64": True}),
                "zip": self.token(header={**good, "zip": "DEF"}),
                "a private one": self.token(header={**good, "tenant": "acme"}),
                "a claim in the header": self.token(header={**good, "sub": WORKLOAD}),
            },
            "malformed_key_id": {
                "a number": self.token(header={**good, "kid": 5}),
                "null": self.token(header={**good, "kid": None}),
                "empty": self.token(header={**good, "kid": ""}),
            },
            "unknown_key": {
                "an invented kid": self.token(header={**good, "kid": "invented"}),
                "a path for a kid": self.token(header={**good, "kid": "../../../etc/passwd"}),
                "the symmetric key's kid": self.token(header={**good, "kid": "symmetric"}),
                "the RSA key's kid for ES256": self.token(header={**good, "kid": RSA_KEY_ID}),
                "the partner's kid and algorithm": self.token(
                    "ES384", header=svid_header("ES384", EC_KEY_ID), key=PARTNERS_KEY
                ),
                "the partner's bundle key for X.509-SVIDs": self.token(
                    header=svid_header("ES256", "x509"), key=X509_KEY, sub=PARTNERS_WORKLOAD
                ),
                "the partner's ID by our key": self.token(sub=PARTNERS_WORKLOAD),
                "no kid, and no key for the algorithm": self.token(
                    "ES512", header={"alg": "ES512"}, key=issuer.private_key("P-521")
                ),
            },
            "invalid_signature": {
                "another key": self.token(key=STRANGERS_KEY),
                "another key, no kid": self.token(header=without(good, "kid"), key=STRANGERS_KEY),
                "no signature": f"{head}.{payload}.",
                "of another token": f"{head}.{_part(self.claims(sub=WORKLOAD + '/more'))}.{signature}",
                "the partner's ID by another key for its kid": self.token(
                    "ES384",
                    header=svid_header("ES384", EC_KEY_ID),
                    key=issuer.private_key("P-384", 9),
                    sub=PARTNERS_WORKLOAD,
                ),
                "PS256, signed as RS256": _with_signature_of(self.token("PS256"), "RS256"),
                "RS256, signed as PS256": _with_signature_of(self.token("RS256"), "PS256"),
            },
            "missing_claim": {
                **{f"no {name}": self.token(payload=without(self.claims(), name)) for name in ("sub", "aud", "exp")},
                "nothing": self.token(payload=b"{}"),
            },
            "malformed_claim": {
                "exp as a string": self.token(exp=str(self.now + 300)),
                "exp as true": self.token(exp=True),
                "exp null": self.token(exp=None),
                "exp far beyond any date": self.token(exp=10**18),
                "aud as a number": self.token(aud=5),
                "aud null": self.token(aud=None),
                "aud with a number beside ours": self.token(aud=[AUDIENCE, 5]),
                "aud as an object": self.token(aud={AUDIENCE: True}),
                "nbf as a string": self.token(nbf=str(self.now)),
                "iss empty": self.token(iss=""),
                "iss as a list": self.token(iss=[self.issuer_url]),
            },
            "malformed_spiffe_id": {
                **{name: self.token(sub=text) for name, (text, _) in MALFORMED_SPIFFE_IDS.items()},
                "a number": self.token(sub=5),
                "null": self.token(sub=None),
                "a list": self.token(sub=[WORKLOAD]),
                "a user name": self.token(sub="alice"),
            },
            "wrong_trust_domain": {
                name: self.token(sub=f"spiffe://{trust_domain}/ns/prod/sa/api")
                for name, trust_domain in LOOK_ALIKES.items()
            },
            "token_expired": {
                "now": self.token(exp=self.now),
                "a second ago": self.token(exp=self.now - 1),
                "long ago": self.token(exp=1),
                "before 1970": self.token(exp=-1),
            },
            "token_not_yet_valid": {
                "nbf in an hour": self.token(nbf=self.now + 3_600, exp=self.now + 7_200),
            },
            "issued_in_the_future": {
                "in an hour": self.token(iat=self.now + 3_600, exp=self.now + 7_200),
            },
            "wrong_issuer": {
                "another": self.token(iss="https://evil.example"),
                "a slash more": self.token(iss=self.issuer_url + "/"),
                "upper case": self.token(iss=self.issuer_url.upper()),
                "the partner's": self.token(iss="https://partner.example"),
            },
            "wrong_audience": {
                "another": self.token(aud="api://other"),
                "others": self.token(aud=["api://other", "api://else"]),
                "none in the list": self.token(aud=[]),
                "an empty one": self.token(aud=""),
                "upper case": self.token(aud=AUDIENCE.upper()),
                "ours as a prefix": self.token(aud=AUDIENCE + "/more"),
                "both of ours in one": self.token(aud=f"{AUDIENCE},{SECOND_AUDIENCE}"),
                "the caller itself": self.token(aud=WORKLOAD),
            },
        }

    def _hs256(self, secret: bytes, kid: str = RSA_KEY_ID) -> str:
        """A token whose HMAC key is something that everybody knows."""
        signed = issuer.signing_input(svid_header("HS256", kid), self.claims())
        return f"{signed.decode()}.{encode(hmac.digest(secret, signed, 'sha256')).decode()}"

    def _ed25519(self, algorithm: str = "EdDSA") -> str:
        signed = issuer.signing_input(svid_header(algorithm, EC_KEY_ID), self.claims())
        return f"{signed.decode()}.{encode(ed25519.Ed25519PrivateKey.generate().sign(signed)).decode()}"


def svid_header(algorithm: str, kid: str) -> dict[str, Any]:
    """A header as SPIRE writes it."""
    return {"alg": algorithm, "kid": kid, "typ": "JWT"}


def _part(members: Mapping[str, Any]) -> str:
    return encode(json.dumps(members).encode()).decode()


def _public(encoding: serialization.Encoding) -> bytes:
    return RSA_KEY.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)


def _with_signature_of(token: str, algorithm: str) -> str:
    signed = token.rpartition(".")[0]
    return f"{signed}.{encode(issuer.signature(algorithm, signed.encode(), key=RSA_KEY)).decode()}"


WORLD = World()
GOOD = WORLD.good()
ATTACKS = WORLD.attacks()


def verifier() -> JwtSvidVerifier:
    """The verifier of `GOOD` and `ATTACKS`."""
    return WORLD.verifier()
