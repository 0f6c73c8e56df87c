"""What API Gateway asks because of a security scheme: a Lambda authorizer, something else, or nobody.

A scheme is a custom authorizer by its `x-amazon-apigateway-authorizer`, whatever its own `type` promises: API Gateway
checks no OAuth flow, no HTTP authentication and no key in a header of your own by itself. Its authtype is free text,
except that what begins with `aws` is IAM authorization (developer guide, "x-amazon-apigateway-authtype property").
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, cast

from guardrails.authorization.openapi.bodies import Body
from guardrails.authorization.openapi.pointers import PointerError, follow

AUTHORIZER: Final = "x-amazon-apigateway-authorizer"
_AUTHTYPE: Final = "x-amazon-apigateway-authtype"
_AWS: Final = "x-amazon-apigateway-"

_PLACES: Final = ("header", "query")

REST_AUTHORIZERS: Final = {"token": "CUSTOM", "request": "CUSTOM", "cognito_user_pools": "COGNITO_USER_POOLS"}
HTTP_AUTHORIZERS: Final = {"request": "CUSTOM", "jwt": "JWT"}
"""The authorizer types of each kind of API and the authorization of a method that they stand for."""


class Nobody(Enum):
    """A scheme that makes API Gateway ask no authorizer at all."""

    API_KEY = "an API key alone meters callers, it does not authenticate them"


@dataclass(frozen=True, kw_only=True)
class Unusable:
    """The scheme cannot be shown to ask anybody; `problem` continues its name."""

    problem: str


Asked = str | Nobody | Unusable
"""The authorization that the scheme stands for (`CUSTOM`, `JWT`, `AWS_IAM`, ...), or why it stands for none."""


@dataclass(frozen=True, kw_only=True)
class BodyAuthorizer:
    """An authorizer that a body declares: `value` is its extension, `place` how messages name it.

    `header` is where a token is found when the authorizer does not say it: its scheme's `name`.
    """

    place: str
    header: str
    value: Mapping[str, object] = field(repr=False)


def definitions(body: Body) -> Mapping[str, object]:
    """The schemes of the document: `securityDefinitions` in Swagger 2.0, `components.securitySchemes` in OpenAPI 3."""
    if "swagger" in body.document:
        found = body.document.get("securityDefinitions")
    else:
        components = body.document.get("components")
        found = cast("dict[str, object]", components).get("securitySchemes") if isinstance(components, dict) else None
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}


def asked(body: Body, name: str, authorizers: Mapping[str, str]) -> Asked:
    """Whom API Gateway asks because of the scheme `name`."""
    if name not in definitions(body):
        return Unusable(problem="is not defined")
    try:
        scheme = follow(body.document, definitions(body)[name])
    except PointerError as error:
        return Unusable(problem=str(error))
    if not isinstance(scheme, dict):
        return Unusable(problem="is no object")
    return _asked(cast("dict[str, object]", scheme), authorizers)


def _asked(scheme: Mapping[str, object], authorizers: Mapping[str, str]) -> Asked:
    for key in scheme:
        if str(key).lower().startswith(_AWS) and key not in {AUTHORIZER, _AUTHTYPE}:
            return Unusable(problem="has an extension of API Gateway that these rules do not know")
    authtype = scheme.get(_AUTHTYPE, "custom")
    if not isinstance(authtype, str):
        return Unusable(problem=f"has an {_AUTHTYPE} that is not a text")
    if authtype.strip().lower().startswith("aws"):
        return "AWS_IAM"
    if AUTHORIZER not in scheme:
        if scheme.get("type") == "apiKey":
            return Nobody.API_KEY
        return Unusable(problem=f"has no {AUTHORIZER}, so API Gateway checks nothing for it")
    authorizer = scheme[AUTHORIZER]
    if not isinstance(authorizer, dict):
        return Unusable(problem=f"has an {AUTHORIZER} that is no object")
    return _of_authorizer(scheme, cast("dict[str, object]", authorizer), authtype, authorizers)


def _of_authorizer(
    scheme: Mapping[str, object], authorizer: Mapping[str, object], authtype: str, authorizers: Mapping[str, str]
) -> Asked:
    kind = authorizer.get("type")
    authorization = authorizers.get(kind.lower()) if isinstance(kind, str) else None
    if authorization is None:
        return Unusable(problem=f"has an authorizer of another type than {' or '.join(authorizers)}")
    if authorization == "JWT":
        return _of_jwt(scheme, authorizer)
    name = scheme.get("name")
    if scheme.get("type") != "apiKey" or scheme.get("in") not in _PLACES or not (isinstance(name, str) and name):
        return Unusable(
            problem="has an authorizer, but is no apiKey with a name in header or query, as API Gateway demands it"
        )
    if authorization == "COGNITO_USER_POOLS":
        pools = authorizer.get("providerARNs")
        return authorization if isinstance(pools, list) and pools else Unusable(problem="names no providerARNs")
    if authtype.strip().lower() == "cognito_user_pools":
        return Unusable(problem="has the authtype of a user pool and the authorizer of a Lambda function")
    uri = authorizer.get("authorizerUri")
    if not (isinstance(uri, str) and uri.startswith("arn:") and ":lambda:path/" in uri):
        return Unusable(problem="has an authorizer whose authorizerUri names no function to ask")
    return authorization


def _of_jwt(scheme: Mapping[str, object], authorizer: Mapping[str, object]) -> Asked:
    configuration = authorizer.get("jwtConfiguration")
    parts = cast("dict[str, object]", configuration) if isinstance(configuration, dict) else {}
    if not (parts.get("issuer") or scheme.get("openIdConnectUrl")):
        return Unusable(problem="has a JWT authorizer without an issuer")
    if not (isinstance(parts.get("audience"), list) and parts["audience"]):
        return Unusable(problem="has a JWT authorizer without an audience, so it takes tokens made for anyone")
    return "JWT"


def body_authorizers(body: Body) -> Iterator[BodyAuthorizer]:
    """Every Lambda authorizer that the document declares, used or not.

    What is no readable authorizer stands for none; an operation that names it is reported for that.
    """
    for number, name in enumerate(definitions(body), start=1):
        authorizer = authorizer_of(body, name, number)
        if authorizer is not None:
            yield authorizer


def authorizer_of(body: Body, name: str, number: int = 0) -> BodyAuthorizer | None:
    """The Lambda authorizer of the scheme `name`, whose place in the document messages may have to name instead."""
    try:
        scheme = follow(body.document, definitions(body)[name])
    except PointerError:
        return None  # `asked` reports it to every operation that names it
    if not isinstance(scheme, dict):
        return None
    parts = cast("dict[str, object]", scheme)
    authorizer = parts.get(AUTHORIZER)
    if not isinstance(authorizer, dict):
        return None
    header = parts.get("name")
    return BodyAuthorizer(
        place=body.name("the authorizer of the scheme", number, name),
        header=header if isinstance(header, str) and header else "Authorization",
        value=cast("dict[str, object]", authorizer),
    )
