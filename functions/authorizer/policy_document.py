"""The answer to API Gateway: a policy that stays right while it is cached, and the context that goes to the backend.

API Gateway caches an answer under the values of the identity sources and evaluates it for every method that is called
with them until the TTL ends. So an Allow names every method that the principal may call, never only the one that
happens to be called first: all methods of the stage, or the routes that the chain gives. A Deny that leaves the
principal other routes allows those, with the context that their backends rely on. A denial's context says why, as a
code (`reason`) and as a text (`message`) that the API's ACCESS_DENIED gateway response can quote.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

from __future__ import annotations

from authorizer.decision import Allow, Deny
from authorizer.routes import covered_by_any
from authorizer.routes import resources as route_resources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from authorizer.decision import ContextValue
    from authorizer.method_arn import MethodArn

UNKNOWN_PRINCIPAL = "unknown"  # API Gateway wants a principal in a Deny, too


def decision_for_route(decision: Allow | Deny, route: str) -> Allow | Deny:
    """Turn an Allow that does not cover `route` into a Deny (403) that keeps its context and the routes it covers."""
    if isinstance(decision, Deny) or decision.routes is None or covered_by_any(decision.routes, route):
        return decision
    return Deny(
        reason="route_not_permitted",
        authenticated=True,
        principal_id=decision.principal_id,
        permitted_routes=decision.routes,
        context=decision.context,
    )


def policy_for(decision: Allow | Deny, method: MethodArn) -> dict[str, Any]:
    """Return the authorizer's answer for `decision` on the stage of `method`."""
    if isinstance(decision, Allow):
        return _answer(decision.principal_id, "Allow", _resources(method, decision.routes), decision.context)
    principal_id = decision.principal_id or UNKNOWN_PRINCIPAL
    reason = {"reason": decision.reason, "message": message_for(decision.reason)}
    if decision.permitted_routes:
        context = {**decision.context, **reason}
        return _answer(principal_id, "Allow", _resources(method, decision.permitted_routes), context)
    return _answer(principal_id, "Deny", _resources(method, None), reason)


def message_for(reason: str) -> str:
    """Return a reason's code as people read it: `Token expired` for `token_expired`."""
    return reason.replace("_", " ").capitalize()


def _resources(method: MethodArn, routes: Iterable[str] | None) -> list[str]:
    if routes is None:
        return [f"{method.stage_arn}/*/*"]
    return [resource for route in routes for resource in route_resources(method.stage_arn, route)]


def _answer(
    principal_id: str, effect: str, resources: list[str], context: Mapping[str, ContextValue]
) -> dict[str, Any]:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resources}
    return {
        "principalId": principal_id,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": context,
    }
