"""No entrance is declared through another provider, whose resources these rules do not understand."""

import re
from collections.abc import Iterator
from typing import Final

from guardrails.authorization.out_of_sight.entrances import opens
from guardrails.properties import Known, Malformed, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.settings import Settings

_CLOUD_CONTROL: Final = "aws:cloudcontrol/resource:Resource"
_GENERIC: Final = frozenset({_CLOUD_CONTROL, "aws-native:index:ExtensionResource", "aws-native:extension:Resource"})

_NATIVE_ENTRANCE: Final = re.compile(
    r"aws-native:(?:apigateway|apigatewayv2|serverless|serverlessrepo):\w+|aws-native:lambda:(?:Url|Permission)"
)
_CLASSIC: Final = re.compile(r"aws:(?:apigateway|apigatewayv2)/\w+:\w+")
_SEEN: Final = frozenset(
    {
        *(
            f"aws:apigateway/{name[0].lower()}{name[1:]}:{name}"
            for name in (
                "Account", "ApiKey", "Authorizer", "BasePathMapping", "ClientCertificate", "Deployment",
                "DocumentationPart", "DocumentationVersion", "DomainName", "DomainNameAccessAssociation",
                "Integration", "IntegrationResponse", "Method", "MethodResponse", "MethodSettings", "Model",
                "RequestValidator", "Resource", "Response", "RestApi", "RestApiPolicy", "RestApiPut", "Stage",
                "UsagePlan", "UsagePlanKey", "VpcLink",
            )
        ),
        *(
            f"aws:apigatewayv2/{name[0].lower()}{name[1:]}:{name}"
            for name in (
                "Api", "ApiMapping", "Authorizer", "Deployment", "DomainName", "Integration", "IntegrationResponse",
                "Model", "Route", "RouteResponse", "RoutingRule", "Stage", "VpcLink",
            )
        ),
    }
)  # fmt: skip
"""Every type of the two modules in pulumi-aws 7: judged by a rule, or known to be no entrance."""


def check(resource: Resource, _settings: Settings) -> Iterator[Finding]:
    """Refuse entrances of other providers, and types of API Gateway that nobody has looked at yet."""
    if not resource.type.startswith(("aws:apigateway", "aws:cloudcontrol/", "aws-native:")):
        return
    if resource.type in _GENERIC:
        yield from _judge_generic(resource)
    elif _NATIVE_ENTRANCE.fullmatch(resource.type):
        yield Violation(
            resource=resource,
            problem="it is declared through aws-native, whose resources these rules cannot judge.",
        )
    elif _CLASSIC.fullmatch(resource.type) and resource.type not in _SEEN:
        yield Violation(resource=resource, problem="these rules do not know this type, so it may open anything.")


def _judge_generic(resource: Resource) -> Iterator[Finding]:
    name = "typeName" if resource.type == _CLOUD_CONTROL else "type"
    match resource.read(name):
        case Known(value=str(kind)) if kind:
            if opens(kind):
                yield Violation(
                    resource=resource, problem=f"{name} is an entrance, declared where these rules cannot judge it."
                )
        case Unknown():
            yield Undecided(resource=resource, properties=(name,))
        case Missing() | Known() | Malformed():
            yield Violation(resource=resource, problem=f"{name} does not say what it is.")


FOREIGN_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigateway-resource-of-known-type",
        severity=Severity.CRITICAL,
        description="Every API, function URL and permission is declared as a resource that the rules understand.",
        remediation="Declare it with the aws provider (pulumi-aws), in a type that this pack judges.",
        judged=(
            "Resources of every type, by the type. Violations are: API Gateway, function URLs and Lambda permissions "
            "of `aws-native`; an `aws:cloudcontrol/resource:Resource` (or an aws-native extension resource) whose type "
            "is one of these, belongs to another vendor, or can hold further resources; and every type of "
            "`aws:apigateway` and `aws:apigatewayv2` that is not known to this version of the pack.\n\n"
            "Load balancers, AppSync, CloudFront and App Runner are entrances of their own kind, which this family "
            "does not judge."
        ),
        why=(
            "A rule looks at types by name. The same open method under another name passes every one of them, and so "
            "would a resource that the provider adds tomorrow."
        ),
        sources=("https://www.pulumi.com/registry/packages/aws-native/",),
    ),
    types=None,
    check=check,
)
