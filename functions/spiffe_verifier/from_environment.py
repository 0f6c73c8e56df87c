"""The verifier that the environment describes, with everything that it needs (see `settings` for the variables)."""

from __future__ import annotations

import time

from spiffe_verifier.bundle_keys import trust_bundle_key_source
from spiffe_verifier.jwt_svid_verifier import JwtSvidVerifier, TrustDomainKeys
from spiffe_verifier.oidc_keys import oidc_key_source
from spiffe_verifier.settings import OIDC, settings_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jwt_verification.key_set_fetcher import KeySetFetcher
    from spiffe_verifier.settings import SourceSettings, VerifierSettings


def verifier_of(
    environment: Mapping[str, str],
    *,
    fetcher: KeySetFetcher | None = None,
    clock: Callable[[], float] = time.time,
    monotonic_clock: Callable[[], float] = time.monotonic,
    report_left_out: Callable[[str, Mapping[str, int]], object] | None = None,
) -> JwtSvidVerifier:
    """Return the verifier; nothing is fetched before the first token.

    Args:
        environment: usually `os.environ`.
        fetcher: how documents are fetched; by default with `https_fetcher` and its limits.
        clock: seconds since 1970, for what tokens say.
        monotonic_clock: seconds, for the age of keys.
        report_left_out: gets the trust domain's name, and by code the number of its keys that are not used, after every
            load that left keys out.

    Raises:
        SettingsError: a setting is missing or cannot be meant.
    """
    settings = settings_of(environment)
    if fetcher is None:
        # Here, so that who brings a fetcher does not pay for `http.client` and `ssl`.
        from jwt_verification.https_fetcher import HttpsFetcher

        fetcher = HttpsFetcher(allow_plain_http=settings.plain_http)
    return JwtSvidVerifier(
        [_keys(source, settings, fetcher, monotonic_clock, report_left_out) for source in settings.sources],
        audiences=settings.audiences,
        clock=clock,
    )


def _keys(
    source: SourceSettings,
    settings: VerifierSettings,
    fetcher: KeySetFetcher,
    clock: Callable[[], float],
    report: Callable[[str, Mapping[str, int]], object] | None,
) -> TrustDomainKeys:
    name = source.trust_domain.name
    make = oidc_key_source if source.kind == OIDC else trust_bundle_key_source
    keys = make(
        source.url,
        fetcher=fetcher,
        allow_plain_http=settings.plain_http,
        clock=clock,
        maximum_age_seconds=settings.refresh_seconds,
        report_left_out=None if report is None else lambda left_out: report(name, left_out),
    )
    issuer = source.url if source.kind == OIDC else None
    return TrustDomainKeys(trust_domain=source.trust_domain, keys=keys, issuer=issuer)
