"""The oldest TLS version that a domain of API Gateway, or the default endpoint of a REST API, speaks."""

from collections.abc import Iterator
from typing import Final

from guardrails.demands import demand, demand_of, elements, is_one_of
from guardrails.properties import Known, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Level, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.settings import Setting, Settings

REST_DOMAIN: Final = "aws:apigateway/domainName:DomainName"
HTTP_DOMAIN: Final = "aws:apigatewayv2/domainName:DomainName"
REST_API: Final = "aws:apigateway/restApi:RestApi"
_PAGE: Final = "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html"
_DOMAINS_PAGE: Final = (
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html"
)

POLICIES: Final = Setting(
    name="security_policies",
    schema={"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
    default=[
        "SecurityPolicy_TLS12_2018_EDGE",
        "SecurityPolicy_TLS12_PFS_2025_EDGE",
        "SecurityPolicy_TLS13_1_2_2021_06",
        "SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09",
        "SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09",
        "SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09",
        "SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09",
        "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
        "SecurityPolicy_TLS13_1_2_PQ_2025_09",
        "SecurityPolicy_TLS13_1_3_2025_09",
        "SecurityPolicy_TLS13_1_3_FIPS_2025_09",
        "SecurityPolicy_TLS13_2025_EDGE",
        "TLS_1_2",
    ],
    meaning="API Gateway's security policies that a domain may have; the default ones speak TLS 1.2 or newer.",
)


def _check_domain(domain: Resource, settings: Settings) -> Iterator[Finding]:
    path = "securityPolicy" if domain.type == REST_DOMAIN else "domainNameConfiguration.securityPolicy"
    yield from demand(
        domain,
        path,
        is_one_of(settings.texts("security_policies")),
        otherwise=f"{path} is none of the security policies with TLS 1.2 or newer.",
        missing=f"{path} is missing, so that what AWS takes by default decides.",
    )


def _check_api(api: Resource, settings: Settings) -> Iterator[Finding]:
    policy = api.read("securityPolicy")
    if not isinstance(policy, Missing):
        yield from demand_of(
            api,
            "securityPolicy",
            policy,
            is_one_of(settings.texts("security_policies")),
            otherwise="securityPolicy is none of the security policies with TLS 1.2 or newer.",
        )
        return
    match api.read("disableExecuteApiEndpoint"):
        case Known(value=True):
            return
        case Unknown():
            yield Undecided(resource=api, properties=("disableExecuteApiEndpoint",))
        case _:
            yield from _endpoint(api)


def _endpoint(api: Resource) -> Iterator[Finding]:
    """Without a policy of its own, a regional or private endpoint has TLS 1.2, an edge-optimized one TLS 1.0."""
    reading = api.read("endpointConfiguration", "types")
    types = [reading] if isinstance(reading, Known) and isinstance(reading.value, str) else elements(reading)
    if isinstance(reading, Unknown) or (types and any(isinstance(one, Unknown) for one in types)):
        yield Undecided(resource=api, properties=("endpointConfiguration.types",))
    elif not types or not all(isinstance(one, Known) and one.value in ("REGIONAL", "PRIVATE") for one in types):
        problem = (
            "its default endpoint is edge-optimized and speaks TLS 1.0; neither securityPolicy nor another type is set."
        )
        yield Violation(resource=api, problem=problem)


DOMAIN_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigateway-domain-name-tls-1-2",
        severity=Severity.HIGH,
        description="A custom domain of API Gateway speaks TLS 1.2 or newer.",
        remediation="Set securityPolicy to TLS_1_2, or to a newer security policy of API Gateway.",
        judged=(
            f"`{REST_DOMAIN}` (`securityPolicy`) and `{HTTP_DOMAIN}` (`domainNameConfiguration.securityPolicy`), by "
            "their inputs: one of `security_policies`. Left out, it is a violation: the default has changed before, "
            "and the provider cannot see a difference that it is not told of."
        ),
        why=(
            "TLS 1.0 and 1.1 have no authenticated encryption and are deprecated (RFC 8996). Whoever sits between "
            "caller and API can force an old version on those who offer it, and the bearer token goes through there."
        ),
        sources=(_DOMAINS_PAGE, _PAGE, "https://www.rfc-editor.org/rfc/rfc8996"),
    ),
    types=frozenset({REST_DOMAIN, HTTP_DOMAIN}),
    check=_check_domain,
    settings=(POLICIES,),
)

API_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigateway-rest-api-tls-1-2",
        severity=Severity.LOW,
        level=Level.ADVISORY,
        description="The default endpoint of a REST API speaks TLS 1.2 or newer.",
        remediation=(
            "Set endpointConfiguration.types to REGIONAL, or securityPolicy, or switch the default endpoint off."
        ),
        judged=(
            f"`{REST_API}`, by its inputs: `securityPolicy` is one of `security_policies`; or it is absent, and "
            "`disableExecuteApiEndpoint` is true or every one of `endpointConfiguration.types` is `REGIONAL` or "
            "`PRIVATE`. Without any of these the endpoint is edge-optimized, and then it speaks TLS 1.0."
        ),
        why=(
            "The default endpoint of an edge-optimized API accepts TLS 1.0. Advisory: only clients that offer nothing "
            "better use it, and TLS keeps others from being talked down to it."
        ),
        sources=(_PAGE, _DOMAINS_PAGE),
    ),
    types=frozenset({REST_API}),
    check=_check_api,
    settings=(POLICIES,),
)
