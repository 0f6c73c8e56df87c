"""The settings of the partner API."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import pulumi

from components.client_credentials_settings import (
    TOKEN_MINUTES,
    AppClient,
    Scope,
    WebAclSettings,
)
from components.domain_certificate import DomainCertificate, ExistingCertificate, ValidatedCertificate
from components.function_platform import FunctionPlatform
from components.partner_settings import check_truststore
from components.settings.reading import NAMESPACE, checked, one_of, platform, required, set_command, texts, wrong

KEYS = frozenset(
    {
        "partnerCertificateArn",
        "partnerClients",
        "partnerDeletionProtection",
        "partnerDomainName",
        "partnerDomainPrefix",
        "partnerEnabled",
        "partnerHostedZoneId",
        "partnerJwksUrl",
        "partnerOwnershipCertificateArn",
        "partnerRequestsPerFiveMinutes",
        "partnerRequiredScopes",
        "partnerResourceServer",
        "partnerRuntime",
        "partnerScopes",
        "partnerTokenEndpoint",
        "partnerTokenMinutes",
        "partnerTruststore",
    }
)
Made = TypeVar("Made")


@dataclass(frozen=True, kw_only=True)
class PartnerSettings:
    """The partner API: where it answers, whose certificates it trusts, and what its tokens permit."""

    platform: FunctionPlatform
    domain_name: str
    certificate: DomainCertificate
    alias_zone_id: str | None
    truststore: str
    domain_prefix: str
    resource_server: str
    scopes: Sequence[Scope]
    required_scopes: Sequence[str]
    clients: Sequence[AppClient]
    token_minutes: int
    token_endpoint: str | None
    jwks_url: str | None
    web_acl: WebAclSettings | None
    deletion_protection: bool


def read_partner(config: pulumi.Config) -> PartnerSettings:
    """Reads and checks them. Raises `SettingError`."""
    zone = required(config.get, "partnerHostedZoneId") or None
    rate = required(config.get_int, "partnerRequestsPerFiveMinutes")
    return PartnerSettings(
        platform=platform(config, "partnerRuntime"),
        domain_name=_text(config, "partnerDomainName"),
        certificate=_certificate(config, zone),
        alias_zone_id=zone,
        truststore=_truststore(config),
        domain_prefix=_text(config, "partnerDomainPrefix"),
        resource_server=_text(config, "partnerResourceServer"),
        scopes=_each(config, "partnerScopes", {"name", "description"}, lambda members: Scope(**members)),
        required_scopes=texts(config, "partnerRequiredScopes"),
        clients=_each(config, "partnerClients", {"name", "scopes"}, lambda members: AppClient(**members)),
        token_minutes=one_of(config.get_int, "partnerTokenMinutes", TOKEN_MINUTES, "5 to 1440"),
        token_endpoint=required(config.get, "partnerTokenEndpoint") or None,
        jwks_url=required(config.get, "partnerJwksUrl") or None,
        web_acl=checked("partnerRequestsPerFiveMinutes", lambda: _web_acl(rate)),
        deletion_protection=required(config.get_bool, "partnerDeletionProtection"),
    )


def _certificate(config: pulumi.Config, zone: str | None) -> DomainCertificate:
    arn = required(config.get, "partnerCertificateArn")
    if arn:
        ownership = required(config.get, "partnerOwnershipCertificateArn") or None
        return ExistingCertificate(arn=arn, ownership_certificate_arn=ownership)
    if zone is None:
        raise wrong(
            "partnerCertificateArn",
            "is empty, and so is partnerHostedZoneId: the domain needs a certificate of ACM, or a zone to get one by",
            set_command("partnerHostedZoneId"),
        )
    return checked("partnerHostedZoneId", lambda: ValidatedCertificate(zone_id=zone))


def _truststore(config: pulumi.Config) -> str:
    """The bundle's text. Its path is that of a file, from the program's folder on where it is not absolute."""
    key = "partnerTruststore"
    name = _text(config, key)
    try:
        bundle = Path(name).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise wrong(key, f"names {name}, which cannot be read as PEM", set_command(key)) from error
    checked(key, lambda: check_truststore(bundle))
    return bundle


def _web_acl(rate: int) -> WebAclSettings | None:
    return WebAclSettings(requests_per_five_minutes=rate) if rate else None


def _text(config: pulumi.Config, key: str) -> str:
    value = required(config.get, key)
    if not value:
        raise wrong(key, "is empty, and the partner API needs it", set_command(key))
    return value


def _each(config: pulumi.Config, key: str, members: set[str], make: Callable[[dict[str, Any]], Made]) -> Sequence[Made]:
    """What each mapping of a list is made into; all have exactly these members."""
    values: Any = required(config.get_object, key)
    command = f"pulumi config set --path '{NAMESPACE}:{key}[0].name' <value>"
    if not isinstance(values, list):
        raise wrong(key, "is not a list", command)
    made: list[Made] = []
    for value in cast("list[dict[str, Any]]", values):
        if not isinstance(value, dict) or set(value) != members:  # pyright: ignore[reportUnnecessaryIsInstance] -- JSON
            raise wrong(key, f"has an element whose members are not {' and '.join(sorted(members))}", command)
        made.append(checked(key, lambda value=value: make(value)))
    return made
