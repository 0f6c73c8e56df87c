"""The verifier's settings, from plain environment variables; nothing is fetched and no cryptography imported here.

    OIDC_ISSUER_URL         https://spire.example.org                   keys by OIDC discovery
    TRUST_BUNDLE_URL        partner.example=https://partner.example/b   keys by trust bundle, always `domain=address`
    REQUIRED_TRUST_DOMAIN   spiffe://example.org                        whose tokens are accepted (or example.org)
    EXPECTED_AUDIENCE       api://orders                                what this verifier calls itself
    JWKS_REFRESH            120s                                        how old keys may get: 10s to 1h, 120s if absent
    PLAIN_HTTP_ISSUERS      allowed                                     also accept addresses that start with http://

The first four take several, separated by commas or white space. The first issuer is that of the first trust domain, and
so on; where that is not clear enough, `domain=address` says it outright, then for all of them. Every trust domain has
exactly one source, and every source its trust domain: anything else is a `SettingsError`.

An address over plain HTTP that is an IP address is one of a private network, of loopback or link-local. Where a name
leads is for whoever runs its DNS to know.
"""

from __future__ import annotations

from ipaddress import ip_address

from jwt_verification.key_set_url import checked_url
from spiffe_verifier.durations import seconds_of
from spiffe_verifier.errors import SettingsError
from spiffe_verifier.trust_domain import TrustDomain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

ISSUERS = "OIDC_ISSUER_URL"
BUNDLES = "TRUST_BUNDLE_URL"
TRUST_DOMAINS = "REQUIRED_TRUST_DOMAIN"
AUDIENCES = "EXPECTED_AUDIENCE"
REFRESH = "JWKS_REFRESH"
PLAIN_HTTP = "PLAIN_HTTP_ISSUERS"
VERIFIER_VARIABLES = (ISSUERS, BUNDLES, TRUST_DOMAINS, AUDIENCES, REFRESH, PLAIN_HTTP)

OIDC = "oidc"
BUNDLE = "bundle"
DEFAULT_REFRESH = "120s"
MINIMUM_REFRESH_SECONDS = 10.0  # the cool-down of unknown ids: an issuer is not asked more often than this anyway
MAXIMUM_REFRESH_SECONDS = 3_600.0  # a key that was withdrawn is good for this long
_ALLOWED = "allowed"


class SourceSettings:
    """A trust domain and where its keys come from.

    Attributes:
        trust_domain: the trust domain.
        kind: `oidc`, where `url` is the issuer's; `bundle`, where it is the bundle's.
        url: the address, as it was written.
    """

    __slots__ = ("kind", "trust_domain", "url")

    def __init__(self, *, trust_domain: TrustDomain, kind: str, url: str) -> None:
        """Hold the three."""
        self.trust_domain = trust_domain
        self.kind = kind
        self.url = url


class VerifierSettings:
    """What the variables say: whom to trust (`sources`), for which `audiences`, and how old keys may get."""

    __slots__ = ("audiences", "plain_http", "refresh_seconds", "sources")

    def __init__(
        self,
        *,
        sources: tuple[SourceSettings, ...],
        audiences: tuple[str, ...],
        refresh_seconds: float,
        plain_http: bool,
    ) -> None:
        """Hold them; `settings_of` has checked them."""
        self.sources = sources
        self.audiences = audiences
        self.refresh_seconds = refresh_seconds
        self.plain_http = plain_http


def settings_of(environment: Mapping[str, str]) -> VerifierSettings:
    """Return the settings in `environment`, usually `os.environ`.

    Raises:
        SettingsError: one is missing or cannot be meant; the message starts with the variable's name.
    """
    plain_http = _plain_http(environment)
    return VerifierSettings(
        sources=_sources(environment, plain_http=plain_http),
        audiences=_required(environment, AUDIENCES, "what tokens must name in `aud`, for example api://orders"),
        refresh_seconds=_refresh_seconds(environment),
        plain_http=plain_http,
    )


def _values(environment: Mapping[str, str], variable: str) -> tuple[str, ...]:
    values = tuple(environment.get(variable, "").replace(",", " ").split())
    if len(set(values)) < len(values):
        raise SettingsError(f"{variable} has a value twice: leave one of them out")
    return values


def _required(environment: Mapping[str, str], variable: str, meaning: str) -> tuple[str, ...]:
    values = _values(environment, variable)
    if not values:
        raise SettingsError(f"{variable} is not set: {meaning}")
    return values


def _plain_http(environment: Mapping[str, str]) -> bool:
    value = environment.get(PLAIN_HTTP, "").strip()
    if value not in ("", _ALLOWED):
        raise SettingsError(f"{PLAIN_HTTP} is {_ALLOWED!r} or absent")
    return value == _ALLOWED


def _refresh_seconds(environment: Mapping[str, str]) -> float:
    try:
        seconds = seconds_of(environment.get(REFRESH, "").strip() or DEFAULT_REFRESH)
    except ValueError as error:
        raise SettingsError(f"{REFRESH}: {error}") from None
    if not MINIMUM_REFRESH_SECONDS <= seconds <= MAXIMUM_REFRESH_SECONDS:
        raise SettingsError(f"{REFRESH} is {MINIMUM_REFRESH_SECONDS:.0f}s to {MAXIMUM_REFRESH_SECONDS:.0f}s")
    return seconds


def _sources(environment: Mapping[str, str], *, plain_http: bool) -> tuple[SourceSettings, ...]:
    written = _required(environment, TRUST_DOMAINS, "whose tokens are accepted, for example spiffe://example.org")
    trust_domains = tuple(_trust_domain(text, TRUST_DOMAINS) for text in written)
    if len(set(trust_domains)) < len(trust_domains):
        raise SettingsError(f"{TRUST_DOMAINS} has a trust domain twice, with `spiffe://` and without")
    bundles = _stated_sources(_values(environment, BUNDLES), BUNDLES, trust_domains)
    issuers = _issuers(_values(environment, ISSUERS), trust_domains, bundles)
    sources: list[SourceSettings] = []
    for trust_domain in trust_domains:
        kind, variable, urls = (BUNDLE, BUNDLES, bundles) if trust_domain in bundles else (OIDC, ISSUERS, issuers)
        url = _address(urls[trust_domain], variable, plain_http=plain_http)
        sources.append(SourceSettings(trust_domain=trust_domain, kind=kind, url=url))
    return tuple(sources)


def _issuers(
    items: tuple[str, ...], trust_domains: tuple[TrustDomain, ...], bundles: Mapping[TrustDomain, str]
) -> dict[TrustDomain, str]:
    """Return the issuer of every trust domain that has no bundle."""
    without_bundle = [each for each in trust_domains if each not in bundles]
    stated = [not item.startswith(("http://", "https://")) for item in items]
    if not any(stated):
        if len(items) != len(without_bundle):
            raise SettingsError(
                f"{ISSUERS} has {len(items)} issuers for {len(without_bundle)} trust domains without a trust bundle: "
                "the first is that of the first, and so on; or write domain=address for all of them"
            )
        return dict(zip(without_bundle, items, strict=True))
    if not all(stated):
        raise SettingsError(f"{ISSUERS} says for some issuers whose they are (`domain=address`): say it for all")
    issuers = _stated_sources(items, ISSUERS, trust_domains)
    for trust_domain in trust_domains:
        if trust_domain in issuers and trust_domain in bundles:
            raise SettingsError(f"{ISSUERS} and {BUNDLES} both name {trust_domain}: a trust domain has one source")
        if trust_domain not in issuers and trust_domain not in bundles:
            raise SettingsError(f"{ISSUERS} has no issuer for {trust_domain}: every trust domain has a source")
    return issuers


def _stated_sources(
    items: tuple[str, ...], variable: str, trust_domains: tuple[TrustDomain, ...]
) -> dict[TrustDomain, str]:
    """Return the address for each trust domain in items of the form `domain=address`."""
    urls: dict[TrustDomain, str] = {}
    for item in items:
        domain, equals, url = item.partition("=")
        if not equals or not url:
            raise SettingsError(f"{variable}: write domain=address, for example example.org=https://example.org/bundle")
        trust_domain = _trust_domain(domain, variable)
        if trust_domain in urls:
            raise SettingsError(f"{variable} names {trust_domain} twice")
        if trust_domain not in trust_domains:
            raise SettingsError(f"{variable} names {trust_domain}, which {TRUST_DOMAINS} does not: add or remove it")
        if url in urls.values():
            raise SettingsError(f"{variable} has one address for two trust domains: each could vouch for the other")
        urls[trust_domain] = url
    return urls


def _trust_domain(text: str, variable: str) -> TrustDomain:
    try:
        return TrustDomain.parse(text)
    except ValueError as error:
        shown = "" if "@" in text else f"{text!r}: "  # before it, a password can stand
        raise SettingsError(f"{variable}: {shown}{error}") from None


def _address(url: str, variable: str, *, plain_http: bool) -> str:
    try:
        parts = checked_url(url, allow_plain_http=True)
    except ValueError as error:
        raise SettingsError(f"{variable}: {error}") from None
    if variable == ISSUERS and parts.query:
        raise SettingsError(f"{variable}: {url!r} has a query, which no issuer has")
    if parts.scheme == "http":
        if not plain_http:
            raise SettingsError(
                f"{variable}: {url!r} is plain HTTP: whoever is on the way can put in keys of their own. Use https, "
                f"or, in a private network that is trusted as the issuer itself is, set {PLAIN_HTTP}={_ALLOWED}"
            )
        if _is_public_address(parts.hostname or ""):
            raise SettingsError(f"{variable}: {url!r} is plain HTTP to a public address: use https")
    return url


def _is_public_address(host: str) -> bool:
    try:
        return ip_address(host).is_global
    except ValueError:
        return False  # a name
