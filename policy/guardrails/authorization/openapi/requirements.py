"""Does an operation let anybody in whom no accepted authorizer was asked about?

The alternatives of `security` are joined by OR, so each of them has to ask an accepted authorizer. Within one, exactly
one scheme does; API keys may stand beside it, and nothing else, because API Gateway asks one authorizer per operation.

The `security` of the whole document does not count: API Gateway imports it without applying it to any operation.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Final, cast

from guardrails.authorization.openapi.bodies import Body
from guardrails.authorization.openapi.operations import Operation
from guardrails.authorization.openapi.pointers import PointerError, follow
from guardrails.authorization.openapi.schemes import Nobody, Unusable, asked

_INTEGRATION: Final = "x-amazon-apigateway-integration"
_AUTH: Final = "x-amazon-apigateway-auth"


def problems(
    body: Body, operation: Operation, authorizers: Mapping[str, str], accepted: AbstractSet[str]
) -> Iterator[str]:
    """Why anyone may call the operation; nothing when only those may whom an accepted authorizer let in."""
    if _AUTH in operation.value:
        yield from _of_auth(operation.value[_AUTH], accepted)
        return
    security = operation.value.get("security")
    if security is None:
        ignored = " (API Gateway ignores the security of the whole document)" if body.document.get("security") else ""
        yield f"has no security of its own, so anyone may call it{ignored}"
    elif not isinstance(security, list):
        yield "has a security that is no list, so nothing is asked for it"
    elif not security:
        yield "has an empty security, so anyone may call it, whatever the rest of the document says"
    else:
        for alternative in cast("list[object]", security):
            yield from _of_alternative(body, alternative, authorizers, accepted)


def _of_auth(auth: object, accepted: AbstractSet[str]) -> Iterator[str]:
    kind = cast("dict[str, object]", auth).get("type") if isinstance(auth, dict) else None
    if isinstance(kind, str) and kind.upper() == "AWS_IAM" and "AWS_IAM" in accepted:
        return
    yield f"has {_AUTH}, which names no custom authorizer; name one in its security instead"


def _of_alternative(
    body: Body, alternative: object, authorizers: Mapping[str, str], accepted: AbstractSet[str]
) -> Iterator[str]:
    if not isinstance(alternative, dict):
        yield "has an alternative in its security that is no object"
        return
    schemes = cast("dict[object, object]", alternative)
    if not schemes:
        yield "has an empty alternative in its security, so anyone may call it"
        return
    guards = 0
    for number, (name, scopes) in enumerate(schemes.items(), start=1):
        if not isinstance(scopes, list):
            yield f"names the {body.name('scheme', number, name)} without a list of scopes"
            return
        match asked(body, name, authorizers) if isinstance(name, str) else Unusable(problem="is not named by a text"):
            case Nobody.API_KEY:
                pass
            case Unusable(problem=problem):
                yield f"names the {body.name('scheme', number, name)}, which {problem}"
                return
            case str(authorization) if authorization in accepted:
                guards += 1
            case str(authorization):
                yield (
                    f"names the {body.name('scheme', number, name)}, which stands for {authorization}; "
                    "only CUSTOM asks a Lambda authorizer"
                )
                return
    if guards == 0:
        yield f"has an alternative in its security without an authorizer: {Nobody.API_KEY.value}"
    elif guards > 1:
        yield "asks for several authorizers in one alternative, of which API Gateway takes one"


def answered_by_mock(body: Body, operation: Operation) -> bool:
    """Whether API Gateway itself answers a preflight: OPTIONS with a mock integration, as browsers send it."""
    if operation.method != "OPTIONS":
        return False
    try:
        integration = follow(body.document, operation.value.get(_INTEGRATION))
    except PointerError:
        return False
    kind = cast("dict[str, object]", integration).get("type") if isinstance(integration, dict) else None
    return isinstance(kind, str) and kind.lower() == "mock"
