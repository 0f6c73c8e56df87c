"""Gap: API Gateway may invoke every function; resource policies and credentials roles are stored and never read.

AWS:
- Amazon API Gateway developer guide, "API Gateway permissions model for invoking an API's Lambda function" and "Use
  API Gateway Lambda authorizers": the function's resource policy must allow `lambda:InvokeFunction` to
  `apigateway.amazonaws.com`, with the method's execute-api ARN, or the authorizer's `.../authorizers/<id>`, as
  `aws:SourceArn`; where `credentials` or `authorizerCredentials` name a role, API Gateway assumes it and the role's
  policies must allow the call.
- AWS Lambda developer guide, "Handling Lambda errors with an API Gateway API": a refused invocation is a 500.

The wrap evaluates those policies with the emulator's IAM before each invocation. A path with parameters must be
allowed both as it is declared and as it was called (documentation does not say which one AWS compares): a SourceArn
with `*` in place of the parameter, as the console and CDK write it, passes.

Deliberately refused: `arn:aws:iam::*:user/*` as credentials (the caller's own), which the emulator does not model.
"""

import logging
from typing import Any

from sandbox.fidelity.gateway.emulator import GATEWAY, IAM, LAMBDA, ROLES, require
from sandbox.fidelity.gateway.invocation import current_invocation
from sandbox.fidelity.gateway.tracking import (
    INVOKE_AUTHORIZER_PARAMETERS,
    LAMBDA_INTEGRATION_PARAMETERS,
    Handler,
    track_invocations,
)
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap

logger = logging.getLogger("gatehouse.gateway")

SERVICE = "apigateway.amazonaws.com"
INVOKE = "lambda:InvokeFunction"
ASSUME = "sts:AssumeRole"


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps; raises `EmulatorChangedError` when the emulator does not have what they wrap or call."""
    del settings  # nothing here depends on them
    require(
        IAM, "EvalContext", "evaluate_resource_policy", "evaluate", "_gather_role_policies", "_permissions_boundary"
    )
    require(LAMBDA, "_get_func_record_for_ref", "_get_base_func_record_for_ref")
    require(ROLES, "_roles")
    require_parameters(GATEWAY, "_extract_lambda_ref_from_integration_uri", ("uri",))
    track_invocations()
    wrap(GATEWAY, "_invoke_authorizer_lambda", INVOKE_AUTHORIZER_PARAMETERS, _guarding_authorizer, by=__name__)
    wrap(GATEWAY, "_invoke_lambda_proxy_v1", LAMBDA_INTEGRATION_PARAMETERS, _guarding_integration, by=__name__)
    wrap(GATEWAY, "_invoke_lambda_custom_v1", LAMBDA_INTEGRATION_PARAMETERS, _guarding_integration, by=__name__)


def _guarding_authorizer(original: Handler) -> Handler:
    async def invoke_authorizer(authorizer: dict[str, Any], event: Any, account_id: str, region: str) -> Any:
        invocation = current_invocation()
        api_id = invocation.api_id if invocation else ""
        source = f"arn:aws:execute-api:{region}:{account_id}:{api_id}/authorizers/{authorizer['id']}"
        refusal = invocation_refusal(
            authorizer.get("authorizerUri") or "",
            credentials=authorizer.get("authorizerCredentials"),
            sources=(source,),
            account_id=account_id,
            region=region,
        )
        if refusal is not None:
            logger.warning("authorizer %s: %s; the caller gets 500", authorizer.get("name"), refusal)
            return None  # the emulator answers AUTHORIZER_CONFIGURATION_ERROR
        return await original(authorizer, event, account_id, region)

    return invoke_authorizer


def _guarding_integration(original: Handler) -> Handler:
    async def invoke(
        integration: dict[str, Any], api_id: str, stage_name: str, stage: Any, resource: dict[str, Any], path: str,
        method: str, *arguments: Any, owner_account_id: str, owner_region: str, **named: Any,
    ) -> Any:  # fmt: skip
        prefix = f"arn:aws:execute-api:{owner_region}:{owner_account_id}:{api_id}/{stage_name}/{method}"
        refusal = invocation_refusal(
            integration.get("uri") or "",
            credentials=integration.get("credentials"),
            sources=tuple(dict.fromkeys(f"{prefix}/{part.lstrip('/')}" for part in (resource["path"], path))),
            account_id=owner_account_id,
            region=owner_region,
        )
        if refusal is not None:
            logger.warning("%s %s of API %s: %s; the caller gets 500", method, resource["path"], api_id, refusal)
            return GATEWAY._gw_error("API_CONFIGURATION_ERROR", "Internal server error")
        return await original(
            integration, api_id, stage_name, stage, resource, path, method, *arguments,
            owner_account_id=owner_account_id, owner_region=owner_region, **named,
        )  # fmt: skip

    return invoke


def invocation_refusal(
    uri: str, *, credentials: str | None, sources: tuple[str, ...], account_id: str, region: str
) -> str | None:
    """Why API Gateway may not invoke the function that `uri` names, or `None`.

    `sources` are the ARNs that `aws:SourceArn` stands for, all of which must be allowed. A function that is not there
    is left to the emulator, which answers as AWS does.
    """
    reference = GATEWAY._extract_lambda_ref_from_integration_uri(uri)
    with GATEWAY.request_scope(account_id, region):
        invoked, configuration, _ = LAMBDA._get_func_record_for_ref(reference)
        # Published versions are copies; the policy is kept with the function itself, for all qualifiers.
        function, _, _ = LAMBDA._get_base_func_record_for_ref(reference)
    if invoked is None or configuration is None or function is None:
        return None
    # The policy names what was asked for: the qualified ARN for a version or an alias.
    arn = reference if reference.startswith("arn:") else configuration["FunctionArn"]
    if credentials:
        return _role_refusal(credentials, arn, account_id=account_id, region=region)
    for source in sources:
        keys = {"aws:sourcearn": source, "aws:sourceaccount": account_id}
        context = IAM.EvalContext("", "", "", INVOKE, arn, region, service_context=keys)
        if IAM.evaluate_resource_policy(function.get("policy"), context, service=SERVICE).decision != "Allow":
            return (
                f"the resource policy of {arn} does not allow {INVOKE} to {SERVICE} for {source}; "
                "add a permission (aws_lambda_permission)"
            )
    return None


def _role_refusal(role_arn: str, function_arn: str, *, account_id: str, region: str) -> str | None:
    role_name = role_arn.rpartition("/")[2]
    role = ROLES._roles.get_scoped(account_id, None, role_name) if ":role/" in role_arn else None
    if role is None:
        return f"its credentials {role_arn} are no role of this account"
    trust = IAM.EvalContext("", "", "", ASSUME, role_arn, region, service_context={"aws:sourceaccount": account_id})
    # A trust policy is the resource policy of the role.
    if IAM.evaluate_resource_policy(role.get("AssumeRolePolicyDocument"), trust, service=SERVICE).decision != "Allow":
        return f"role {role_name} does not trust {SERVICE}"
    session = f"arn:aws:sts::{account_id}:assumed-role/{role_name}/BackplaneAssumeRoleSession"
    context = IAM.EvalContext(session, "AssumedRole", account_id, INVOKE, function_arn, region)
    boundary = IAM._permissions_boundary(ROLES._roles, role_name, account_id)
    if IAM.evaluate(context, IAM._gather_role_policies(role_name, account_id), *boundary).decision != "Allow":
        return f"role {role_name} does not allow {INVOKE} on {function_arn}"
    return None
