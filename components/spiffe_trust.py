"""Which workloads a function trusts, and what they may call: the settings of the chain `spiffe`. Pure.

    trust domains ──(issuer or bundle of each)──► keys          audiences: for whom tokens must be
    route rules:  GET /whoami ──► SPIFFE IDs, prefixes of SPIFFE IDs

The environment's variables are seed 001's, each of which can hold several; how functions read them is in
functions/spiffe_verifier/settings.py and functions/chains/spiffe/_route_rules.py. What they would refuse is refused
here in preview, as far as it can be told by its form: a function that cannot read its settings lets nobody in.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from components.errors import ArgumentError

# Lambda's limit for the names and values of all variables of a function is 4 KB
# (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html); these leave room for those of others.
ENVIRONMENT_BYTES = 3_500

_TRUST_DOMAIN = r"[a-z0-9._-]{1,255}"
_SEGMENT = r"(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._-]+"
_is_trust_domain = re.compile(rf"(?:spiffe://)?{_TRUST_DOMAIN}").fullmatch
_is_spiffe_id = re.compile(rf"spiffe://({_TRUST_DOMAIN})(?:/{_SEGMENT})*").fullmatch
_is_source = re.compile(
    rf"(?:(?P<domain>(?:spiffe://)?{_TRUST_DOMAIN})=)?"
    r"(?P<url>(?P<scheme>https?)://(?P<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?(?:[/?][!\x24-+\x2d-~]*)?)"
).fullmatch
_DURATION_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")
_is_duration = re.compile(rf"(?:{_DURATION_PART.pattern})+").fullmatch
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0}
REFRESH_SECONDS = range(10, 3_600 + 1)
_is_route = re.compile(r"(?:\*|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) /[!-~]*").fullmatch
_is_audience = re.compile(r"[!-+\x2d-~]+").fullmatch  # no comma and no space: they separate several
_LONGEST_SPIFFE_ID = 2048  # bytes (SPIFFE-ID standard, section 2.3)


@dataclass(frozen=True, kw_only=True)
class SpiffeRouteRule:
    """Who may call a route: the workloads of `spiffe_ids`, and those whose SPIFFE ID is one of `prefixes` or below it.

    `route` is a pattern, `GET /whoami` or `* /orders/*`, where `*` stands for anything. A prefix ends where a segment
    ends: `spiffe://company.internal/ns/dev` covers `.../ns/dev/sa/api`, not `.../ns/development`.
    Raises `ArgumentError` for what is no route or no SPIFFE ID, and for a rule that names nobody.
    """

    route: str
    spiffe_ids: Sequence[str] = ()
    prefixes: Sequence[str] = ()

    def __post_init__(self) -> None:
        route = str(self.route)  # for programs that no type checker has seen
        if not _is_route(route) or not frozenset("?$").isdisjoint(route):
            raise ArgumentError(f"route_rules: {self.route!r} is no route; write for example 'GET /whoami'.")
        for name, values in (("spiffe_ids", self.spiffe_ids), ("prefixes", self.prefixes)):
            check_texts(f"route_rules: {self.route}: {name}", values)
            for value in values:
                if not _is_spiffe_id(value) or len(value) > _LONGEST_SPIFFE_ID:
                    raise ArgumentError(
                        f"route_rules: {self.route}: {value[:80]!r} is no SPIFFE ID; write for example "
                        "'spiffe://company.internal/ns/prod/sa/api', without a slash at the end."
                    )
        if not self.spiffe_ids and not self.prefixes:
            raise ArgumentError(f"route_rules: {self.route}: names nobody; give it spiffe_ids or prefixes.")

    def document(self) -> dict[str, object]:
        """As the chain reads it."""
        parts = {"spiffe_ids": list(self.spiffe_ids), "prefixes": list(self.prefixes)}
        return {"route": self.route, **{name: values for name, values in parts.items() if values}}


@dataclass(frozen=True, kw_only=True)
class SpiffeTrust:
    """What a function is told about whom to trust.

    - `trust_domains` are names, with or without `spiffe://`; tokens of others are refused.
    - `issuer_urls` are OIDC issuers: the n-th serves the n-th trust domain, and `company.internal=https://...` says
      outright which. `trust_bundle_urls` are such pairs for domains that publish a SPIFFE trust bundle instead.
    - `audiences`: a token must be for one of them.
    - `jwks_refresh`: how old keys may get, 10 seconds to an hour, as Go writes durations (`120s`, `1h`).
    - `plain_http_issuers` allows URLs with `http://`, for a private network whose every host may be trusted with the
      keys.
    - `route_rules`: what none of them opens to a workload is closed to it.

    Raises `ArgumentError` for what the function would refuse, and so let nobody in.
    """

    trust_domains: Sequence[str]
    audiences: Sequence[str]
    route_rules: Sequence[SpiffeRouteRule]
    issuer_urls: Sequence[str] = ()
    trust_bundle_urls: Sequence[str] = ()
    jwks_refresh: str = "120s"
    plain_http_issuers: bool = False

    def __post_init__(self) -> None:
        check_trust_domains(self.trust_domains)
        check_audiences(self.audiences)
        check_refresh(self.jwks_refresh)
        self._check_sources()
        self._check_rules()
        size = sum(len(name) + len(value.encode()) for name, value in self.environment.items())
        if size > ENVIRONMENT_BYTES:
            raise ArgumentError(
                f"route_rules: all settings together have {size} bytes, and Lambda takes 4 KB of variables for a "
                "function; write rules with prefixes instead of many SPIFFE IDs."
            )

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables, those that are not needed left out."""
        variables = {
            "EXPECTED_AUDIENCE": ",".join(self.audiences),
            "JWKS_REFRESH": self.jwks_refresh,
            "OIDC_ISSUER_URL": ",".join(self.issuer_urls),
            "PLAIN_HTTP_ISSUERS": "allowed" if self.plain_http_issuers else "",
            "REQUIRED_TRUST_DOMAIN": ",".join(f"spiffe://{name}" for name in _names(self.trust_domains)),
            "SPIFFE_ROUTE_RULES": json.dumps([rule.document() for rule in self.route_rules], separators=(",", ":")),
            "TRUST_BUNDLE_URL": ",".join(self.trust_bundle_urls),
        }
        return {name: value for name, value in variables.items() if value}

    def _check_sources(self) -> None:
        """Every trust domain has exactly one source, and every source a trust domain."""
        issuers = check_issuers(self.issuer_urls, plain_http=self.plain_http_issuers)
        bundles = check_bundles(self.trust_bundle_urls, plain_http=self.plain_http_issuers)
        domains = _names(self.trust_domains)
        named = [*(domain for domain in issuers if domain is not None), *bundles]
        for domain in named:
            if domain not in domains or named.count(domain) > 1:
                what = "has two sources" if domain in domains else "is none of trust_domains"
                raise ArgumentError(f"issuer_urls: {domain} {what}; name one source for each trust domain.")
        if len(issuers) + len(bundles) != len(domains):
            raise ArgumentError(
                f"issuer_urls: {len(issuers) + len(bundles)} sources for {len(domains)} trust domains; name one for "
                "each."
            )

    def _check_rules(self) -> None:
        if not self.route_rules:
            raise ArgumentError("route_rules: there is none, so nobody could call anything; write at least one.")
        domains = _names(self.trust_domains)
        for rule in self.route_rules:
            for value in (*rule.spiffe_ids, *rule.prefixes):
                found = _is_spiffe_id(value)
                if found is not None and found[1] not in domains:
                    raise ArgumentError(
                        f"route_rules: {rule.route}: {value} is of none of trust_domains; add {found[1]} there, or "
                        "correct the rule."
                    )


def check_trust_domains(domains: Sequence[str]) -> None:
    """Raises `ArgumentError` for names that are none, that repeat, or where there is none."""
    check_texts("trust_domains", domains)
    for domain in domains:
        if not _is_trust_domain(domain):
            raise ArgumentError(
                f"trust_domains: {domain!r} is no trust domain; write for example 'company.internal': lower-case "
                "letters, digits, dots, - and _."
            )
    names = _names(domains)
    if not names or len(set(names)) != len(names):
        what = "one occurs twice" if names else "there is none"
        raise ArgumentError(f"trust_domains: {what}; name each trust domain whose workloads may call once.")


def check_audiences(audiences: Sequence[str]) -> None:
    """Raises `ArgumentError` for none, and for one that cannot stand in a list."""
    check_texts("audiences", audiences)
    if not audiences or len(set(audiences)) != len(audiences) or not all(map(_is_audience, audiences)):
        raise ArgumentError(
            "audiences: name at least one, each once, without spaces and commas; for example 'api://poc'."
        )


def check_refresh(duration: str) -> None:
    """Raises `ArgumentError` for what is no duration, or one that keys may not get old."""
    if not _is_duration(duration):
        raise ArgumentError(f"jwks_refresh: {duration!r} is no duration; write for example 120s or 1h.")
    seconds = sum(float(number) * _UNIT_SECONDS[unit] for number, unit in _DURATION_PART.findall(duration))
    if not REFRESH_SECONDS.start <= seconds < REFRESH_SECONDS.stop:
        raise ArgumentError(f"jwks_refresh: {duration!r}; use 10s to 1h: a key that was withdrawn is good for so long.")


def check_issuers(urls: Sequence[str], *, plain_http: bool) -> list[str | None]:
    """The trust domain that each issuer is said to be of; None for all where their places say it. Raises
    `ArgumentError`."""
    domains = _sources("issuer_urls", urls, plain_http=plain_http)
    if any("?" in url for url in urls):
        raise ArgumentError("issuer_urls: an issuer's URL has no query; remove what follows the ?.")
    if None in domains and set(domains) != {None}:
        raise ArgumentError("issuer_urls: some say which trust domain they are of; say it for all, or for none.")
    return domains


def check_bundles(urls: Sequence[str], *, plain_http: bool) -> list[str]:
    """The trust domain of each bundle. Raises `ArgumentError`."""
    domains = [domain for domain in _sources("trust_bundle_urls", urls, plain_http=plain_http) if domain is not None]
    if len(domains) != len(urls):
        raise ArgumentError("trust_bundle_urls: name the trust domain of each: 'partner.example=https://...'.")
    return domains


def _sources(what: str, items: Sequence[str], *, plain_http: bool) -> list[str | None]:
    check_texts(what, items)
    found = [_is_source(item) for item in items]
    for item, source in zip(items, found, strict=True):
        if source is None:
            raise ArgumentError(
                f"{what}: {item!r} is no URL of a source of keys; write https://..., or company.internal=https://..."
            )
        if source["scheme"] == "http" and (not plain_http or _is_public_address(source["host"])):
            raise ArgumentError(
                f"{what}: {source['url']} is plain HTTP: whoever can answer in its place makes tokens that are "
                "believed; use https, or in a private network set plain_http_issuers=True."
            )
    urls = [source["url"] for source in found if source is not None]
    if len(set(urls)) != len(urls):
        raise ArgumentError(
            f"{what}: one URL is there twice; two trust domains with one source could vouch for each other."
        )
    return [_names([source["domain"]])[0] if source and source["domain"] else None for source in found]


def _is_public_address(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_global
    except ValueError:
        return False  # a name


def check_texts(what: str, values: Sequence[str]) -> None:
    """Raises `ArgumentError` for anything but a list of texts; one text alone would be a list of letters."""
    if isinstance(values, str) or not all(isinstance(value, str) for value in values):  # pyright: ignore[reportUnnecessaryIsInstance] -- for programs that no type checker has seen
        raise ArgumentError(f"{what}: must be a list of texts.")


def _names(domains: Sequence[str]) -> list[str]:
    return [domain.removeprefix("spiffe://") for domain in domains]
