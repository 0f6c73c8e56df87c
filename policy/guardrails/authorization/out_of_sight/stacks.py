"""A stack of CloudFormation inside the program holds no entrance: its resources are none of the program's."""

from collections.abc import Iterator
from typing import Final

from guardrails.authorization.out_of_sight.templates import why_not_clear
from guardrails.properties import Known, Malformed, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.settings import Settings

_WITH_TEMPLATE: Final = frozenset(
    {
        "aws:cloudformation/stack:Stack",
        "aws:cloudformation/stackSet:StackSet",
        "aws-native:cloudformation:Stack",
        "aws-native:cloudformation:StackSet",
    }
)
_WITHOUT: Final = frozenset(
    {
        "aws:serverlessrepository/cloudFormationStack:CloudFormationStack",
        "aws:servicecatalog/provisionedProduct:ProvisionedProduct",
        "aws-native:servicecatalog:CloudFormationProvisionedProduct",
    }
)


def check(deployed: Resource, _settings: Settings) -> Iterator[Finding]:
    """Look into the template; what has none that can be looked into is refused."""
    if deployed.type in _WITHOUT:
        yield Violation(
            resource=deployed, problem="it deploys a template that is kept elsewhere and cannot be looked into."
        )
        return
    match deployed.read("templateUrl"):
        case Missing():
            pass
        case Unknown():
            yield Undecided(resource=deployed, properties=("templateUrl",))
            return
        case Known() | Malformed():
            yield Violation(resource=deployed, problem="templateUrl names a template that cannot be looked into.")
            return
    match deployed.read("templateBody"):
        case Known(value=str(text)):
            problem = why_not_clear(text)
            if problem is not None:
                yield Violation(resource=deployed, problem=f"its template {problem}.")
        case Unknown():
            yield Undecided(resource=deployed, properties=("templateBody",))
        case Missing():
            yield Violation(resource=deployed, problem="templateBody is missing, so nothing shows what it deploys.")
        case Known() | Malformed():
            yield Violation(resource=deployed, problem="templateBody is not a text.")


HIDDEN_STACK_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="cloudformation-stack-no-entrance-inside",
        severity=Severity.HIGH,
        description="No CloudFormation stack inside the program holds an entrance that the rules cannot see.",
        remediation=(
            "Declare APIs, function URLs and Lambda permissions as resources of the program, and give a stack its "
            "template as templateBody. Where that is not possible, exempt this resource with a reason."
        ),
        judged=(
            "`aws:cloudformation` Stack and StackSet (those of aws-native too), by their inputs: `templateBody`, JSON "
            "or YAML, declares no `AWS::ApiGateway`, `AWS::ApiGatewayV2`, `AWS::Serverless`, `AWS::Lambda::Url`, "
            "`AWS::Lambda::Permission`, nothing of other vendors, no nested stack, custom resource or module, and no "
            "transform. A `templateUrl`, an application of the Serverless Application Repository and a product of the "
            "Service Catalog cannot be looked into and are violations."
        ),
        why=(
            "The engine shows a stack of CloudFormation to a policy pack as one resource. An API without any "
            "authorizer inside of it would pass every other rule."
        ),
        sources=("https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-guide.html",),
    ),
    types=_WITH_TEMPLATE | _WITHOUT,
    check=check,
)
