"""Resources that a program adds to an `AuthorizedApi` itself: what they are, and that their methods are protected.

They are resources of `pulumi_aws` which already exist when the API is deployed, so they are described by their outputs:
all that can change of them is part of the deployment's digest, and a method that an authorizer of the API does not
protect fails the preview, or the update before the deployment where only the update knows. It deliberately looks at
nothing that was not handed over: the policy pack judges every method of the stack.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from components.errors import ArgumentError
from components.routes import PREFLIGHT_METHOD

# Tags are no part of what API Gateway serves.
_NO_PART = frozenset({"tags", "tags_all"})


def check_added(after: Sequence[pulumi.Resource]) -> None:
    """Raises `ArgumentError` for what cannot be described: a component, or two resources of one type and name."""
    names: set[tuple[str, str]] = set()
    for resource in after:
        name = (resource.pulumi_resource_type, resource.pulumi_resource_name)
        if not isinstance(resource, pulumi.CustomResource):
            raise ArgumentError(
                f"after: {name[1]!r} is a component ({name[0]}); name the resources of the API that it made instead."
            )
        if name in names:
            raise ArgumentError(f"after: {name[1]!r} ({name[0]}) is there twice; name each resource once.")
        names.add(name)


def described(resource: pulumi.Resource) -> dict[str, Any]:
    """Everything that is known of a resource, by its Python names."""
    classes = type(resource).__mro__
    own = classes[: classes.index(pulumi.CustomResource)]
    names = sorted({name for each in own for name, member in vars(each).items() if isinstance(member, property)})
    return {name: getattr(resource, name) for name in names if name not in _NO_PART}


def unprotected(
    after: Sequence[pulumi.Resource], authorizer_ids: pulumi.Input[Mapping[str, str]]
) -> Iterator[pulumi.Output[None]]:
    """One output per promise about the methods among `after`; raises `ArgumentError` once a broken one is known.

    A method asks an authorizer of this API, or is a preflight that API Gateway answers itself (OPTIONS with MOCK).
    """
    integrations = [each for each in after if isinstance(each, aws.apigateway.Integration)]
    mocks = pulumi.Output.all(*[pulumi.Output.all(each.http_method, each.type) for each in integrations])
    for method in after:
        if isinstance(method, aws.apigateway.Method):
            name = method.pulumi_resource_name
            yield pulumi.Output.all(name, method.authorization, method.http_method, mocks).apply(_check_authorization)
            yield pulumi.Output.all(name, method.authorization, method.authorizer_id, authorizer_ids).apply(
                _check_authorizer
            )


def _check_authorization(known: Sequence[Any]) -> None:
    name, authorization, http_method, integrations = known
    if authorization == "CUSTOM":
        return
    answers = [kind for method, kind in integrations if method == PREFLIGHT_METHOD]
    if http_method == PREFLIGHT_METHOD and authorization == "NONE" and set(answers) == {"MOCK"}:
        return
    raise ArgumentError(
        f"after: method {name!r} has authorization {authorization}, so no authorizer of this API is asked; set "
        "authorization='CUSTOM' and authorizer_id=api.authorizer_ids[<function name>]. Only an OPTIONS method with a "
        "MOCK integration, which stands in after too, may do without."
    )


def _check_authorizer(known: Sequence[Any]) -> None:
    name, authorization, authorizer_id, authorizer_ids = known
    if authorization == "CUSTOM" and authorizer_id not in authorizer_ids.values():
        raise ArgumentError(
            f"after: method {name!r} names an authorizer that this API did not make; set "
            f"authorizer_id=api.authorizer_ids[<one of {', '.join(sorted(authorizer_ids))}>]."
        )
