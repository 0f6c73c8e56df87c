"""The authorizer that a REST method names is one of the same REST API, and of the kind that its authorization asks for.

Judged on the whole stack: by ids where they are known, and in the preview of new resources by what the ids come from.
An authorizer that this stack does not declare cannot be shown to belong to the API, so it is refused; resources that
are only read (`Authorizer.get`) are not part of what the engine shows to a policy pack.

Which authorizations pass, and methods that name no authorizer, are the business of the rule on methods.
"""

from collections.abc import Iterator
from functools import partial
from typing import Final

from guardrails.authorization.owned_authorizers import OwnedAuthorizers
from guardrails.authorization.rest.methods import METHOD
from guardrails.properties import Known, Missing, Unknown, known_text
from guardrails.resources import Resource, Stack
from guardrails.rules import Finding, Metadata, Severity, StackRule, Undecided, Violation
from guardrails.settings import Settings

AUTHORIZER: Final = "aws:apigateway/authorizer:Authorizer"
REST_API: Final = frozenset({"aws:apigateway/restApi:RestApi"})
LAMBDA_AUTHORIZER_TYPES: Final = frozenset({"TOKEN", "REQUEST"})
"""API Gateway's two kinds of Lambda authorizer (API reference, CreateAuthorizer, `type`)."""


_WITH_AUTHORIZER: Final = frozenset({"CUSTOM", "COGNITO_USER_POOLS"})
"""The authorizations of a method that ask an authorizer."""


def check(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    """Match every method to its authorizer, and that one's REST API to the method's."""
    authorizers = OwnedAuthorizers(stack, AUTHORIZER, "restApi", REST_API, an_api="a REST API")
    for method in stack.of_type(METHOD):
        if known_text(method.read("authorization")) in _WITH_AUTHORIZER:
            yield from authorizers.judge(method, partial(_is_of_kind, method))


def _is_of_kind(method: Resource, authorizer: Resource) -> Iterator[Finding]:
    if known_text(method.read("authorization")) == "CUSTOM":
        types, kind = LAMBDA_AUTHORIZER_TYPES, "a Lambda authorizer (TOKEN or REQUEST)"
    else:
        types, kind = frozenset({"COGNITO_USER_POOLS"}), "of type COGNITO_USER_POOLS"
    match authorizer.read("type"):
        case Missing() if "TOKEN" in types:
            return  # TOKEN is the provider's default
        case Known(value="COGNITO_USER_POOLS") if "COGNITO_USER_POOLS" in types:
            yield from _names_pools(authorizer)
        case Known(value=str(found)) if found in types:
            return
        case Unknown():
            yield Undecided(resource=authorizer, properties=("type",))
        case _:
            yield Violation(resource=method, problem=f"its authorizer {authorizer.name!r} is not {kind}.")


def _names_pools(authorizer: Resource) -> Iterator[Finding]:
    match authorizer.read("providerArns"):
        case Known(value=list()) as pools if pools.value:
            return
        case Unknown():
            yield Undecided(resource=authorizer, properties=("providerArns",))
        case _:
            yield Violation(resource=authorizer, problem="providerArns names no user pool whose tokens it takes.")


AUTHORIZER_RULE: Final = StackRule(
    metadata=Metadata(
        name="apigateway-method-authorizer-of-same-api",
        severity=Severity.CRITICAL,
        description="The authorizer of a REST method is a Lambda authorizer of the same REST API.",
        remediation=(
            "Declare an Authorizer of type TOKEN or REQUEST in this stack, with the method's own restApi, "
            "and give its id to the method's authorizerId."
        ),
        judged=(
            "The stack: every `CUSTOM` method names an `aws:apigateway/authorizer:Authorizer` of this stack whose "
            "`restApi` is the method's own, of type `TOKEN` or `REQUEST`. Ids are compared where they are known. "
            "In the preview of new resources the rule goes by what the ids come from: `authorizer.id` comes from "
            "that authorizer, `api.id` from that API. What comes from outside the stack, or is computed from "
            "several resources, is reported as undecided and judged by ids in the update.\n\n"
            "An authorizer that the stack does not declare is a violation: nothing shows which API it belongs to. So "
            "is a method of an API that has no authorizer in the stack at all, wherever its `authorizerId` comes from. "
            "A `COGNITO_USER_POOLS` method, where a setting accepts it, is judged in the same way: its authorizer is "
            "of that type and of the same API. "
            "The engine does not show resources that are only read (`Authorizer.get`) to a policy pack, so they "
            "do not help.\n\n"
            "Like every rule on a whole stack it runs at the end of a preview, and in an update after the "
            "resources exist. What it can see in the preview never gets that far."
        ),
        why=(
            "API Gateway refuses the authorizer of another API only when the method is created, and a method that "
            "names a Cognito authorizer is open to every user of that pool."
        ),
        sources=(
            "https://docs.aws.amazon.com/apigateway/latest/api/API_CreateAuthorizer.html",
            "https://docs.aws.amazon.com/apigateway/latest/api/API_PutMethod.html",
        ),
    ),
    check=check,
)
