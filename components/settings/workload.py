"""The settings of the workload API."""

from dataclasses import dataclass
from typing import Any, cast

import pulumi

from components.cors import Cors
from components.errors import ArgumentError
from components.function_platform import FunctionPlatform
from components.function_settings import VpcSettings
from components.settings.reading import NAMESPACE, checked, cors, list_command, platform, required, texts, wrong
from components.spiffe_trust import (
    SpiffeRouteRule,
    SpiffeTrust,
    check_audiences,
    check_bundles,
    check_issuers,
    check_refresh,
    check_trust_domains,
)

KEYS = frozenset(
    {
        "workloadAudiences",
        "workloadCorsAllowOrigin",
        "workloadEnabled",
        "workloadExtension",
        "workloadIssuerUrls",
        "workloadJwksRefresh",
        "workloadPlainHttpIssuers",
        "workloadRouteRules",
        "workloadRuntime",
        "workloadTrustBundleUrls",
        "workloadTrustDomains",
        "workloadVpcSecurityGroupIds",
        "workloadVpcSubnetIds",
    }
)
_RULE_MEMBERS = {"route": "route", "spiffeIds": "spiffe_ids", "prefixes": "prefixes"}


@dataclass(frozen=True, kw_only=True)
class WorkloadSettings:
    """The workload API: how its functions run and where, and which workloads may call."""

    platform: FunctionPlatform
    cors: Cors | None
    trust: SpiffeTrust
    extension: bool
    vpc: VpcSettings | None


def read_workload(config: pulumi.Config) -> WorkloadSettings:
    """Reads and checks them. Raises `SettingError`."""
    return WorkloadSettings(
        platform=platform(config, "workloadRuntime"),
        cors=cors(config, "workloadCorsAllowOrigin"),
        trust=_trust(config),
        extension=required(config.get_bool, "workloadExtension"),
        vpc=_vpc(config),
    )


def _trust(config: pulumi.Config) -> SpiffeTrust:
    domains, audiences = texts(config, "workloadTrustDomains"), texts(config, "workloadAudiences")
    issuers, bundles = texts(config, "workloadIssuerUrls"), texts(config, "workloadTrustBundleUrls")
    refresh = required(config.get, "workloadJwksRefresh")
    plain_http = required(config.get_bool, "workloadPlainHttpIssuers")
    checked("workloadTrustDomains", lambda: check_trust_domains(domains))
    checked("workloadAudiences", lambda: check_audiences(audiences))
    checked("workloadJwksRefresh", lambda: check_refresh(refresh))
    checked("workloadIssuerUrls", lambda: check_issuers(issuers, plain_http=plain_http))
    checked("workloadTrustBundleUrls", lambda: check_bundles(bundles, plain_http=plain_http))
    rules = _rules(config)

    def trust() -> SpiffeTrust:
        return SpiffeTrust(
            trust_domains=domains,
            audiences=audiences,
            issuer_urls=issuers,
            trust_bundle_urls=bundles,
            jwks_refresh=refresh,
            plain_http_issuers=plain_http,
            route_rules=rules,
        )

    try:
        return trust()
    except ArgumentError as error:
        # What only shows between the settings: which source is for which domain, and whom the rules name.
        key = "workloadRouteRules" if str(error).startswith("route_rules") else "workloadIssuerUrls"
        raise wrong(key, f"cannot be used ({str(error).rstrip('.')})", list_command(key)) from error


def _rules(config: pulumi.Config) -> list[SpiffeRouteRule]:
    key = "workloadRouteRules"
    given: Any = required(config.get_object, key)
    command = f"pulumi config set --path '{NAMESPACE}:{key}[0].route' 'GET /whoami'"
    if not isinstance(given, list):
        raise wrong(key, "is not a list of rules", command)
    rules: list[SpiffeRouteRule] = []
    for rule in cast("list[Any]", given):
        if not isinstance(rule, dict) or not {"route"} <= rule.keys() <= _RULE_MEMBERS.keys():
            raise wrong(
                key, f"has a rule without a route, or with members other than {', '.join(_RULE_MEMBERS)}", command
            )
        members = {_RULE_MEMBERS[name]: value for name, value in cast("dict[str, Any]", rule).items()}
        rules.append(checked(key, lambda members=members: SpiffeRouteRule(**members)))
    return rules


def _vpc(config: pulumi.Config) -> VpcSettings | None:
    subnets, groups = texts(config, "workloadVpcSubnetIds"), texts(config, "workloadVpcSecurityGroupIds")
    if not subnets and not groups:
        return None
    missing = "workloadVpcSecurityGroupIds" if subnets else "workloadVpcSubnetIds"
    return checked(missing, lambda: VpcSettings(subnet_ids=subnets, security_group_ids=groups))
