"""Gap: an API's resource policy counts for methods without authorization only; a private API answers everybody.

AWS (Amazon API Gateway developer guide, "How API Gateway resource policies affect authorization workflow", Lambda
authorizer and resource policy): "Before calling the Lambda authorizer, API Gateway first evaluates the policy and
checks for any explicit denials. If found, the caller is denied access immediately." Otherwise the authorizer's Allow
suffices in the API's own account (table A), whatever the policy leaves unsaid.

The wrap looks for explicit denials in the policy of the stage's deployment. Every call that reaches the sandbox comes
from outside a VPC, so no key of one is there, `aws:SourceVpce` included: an API that denies all but its VPC endpoints
answers nobody here. Deliberately without VPC endpoints to call through.
"""

import json
from typing import Any

from sandbox.fidelity.gateway.documents import child
from sandbox.fidelity.gateway.emulator import GATEWAY, IAM, require
from sandbox.fidelity.gateway.tracking import AUTHORIZE_PARAMETERS, Handler, track_invocations
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

ACTION = "execute-api:Invoke"
ANYBODY = "*"


def apply(settings: FidelitySettings) -> None:
    """Installs the wrap; raises `EmulatorChangedError` when the emulator does not have what it wraps or calls."""
    del settings  # nothing here depends on them
    require(GATEWAY, "_rest_apis", "_gw_error", "execute_api_arn")
    require(IAM, "EvalContext", "evaluate_resource_policy")
    track_invocations()
    wrap(GATEWAY, "_authorize_request_v1", AUTHORIZE_PARAMETERS, _denying_first, by=__name__)


def _denying_first(original: Handler) -> Handler:
    async def authorize(
        api_id: str, stage_name: str, method_obj: dict[str, Any], method: str, request_path: str, *arguments: Any
    ) -> Any:
        account_id, region = arguments[-2:]
        if (method_obj.get("authorizationType") or "").upper() == "CUSTOM":
            arn = GATEWAY.execute_api_arn(region, account_id, api_id, stage_name, method, request_path)
            if is_denied(child(GATEWAY._rest_apis, api_id).get("policy"), arn, region):
                shown = arn.replace(f":{account_id}:", f":********{account_id[-4:]}:", 1)
                message = f"User: anonymous is not authorized to perform: {ACTION} on resource: {shown}"
                return GATEWAY._gw_error("ACCESS_DENIED", f"{message} with an explicit deny"), None
        return await original(api_id, stage_name, method_obj, method, request_path, *arguments)

    return authorize


def is_denied(policy: Any, method_arn: str, region: str) -> bool:
    """Whether a resource policy denies the method to everybody who calls from outside a VPC."""
    if not policy:
        return False
    text = policy if isinstance(policy, str) else json.dumps(policy)
    # API Gateway's shorthand for the API itself.
    api_arn = method_arn.split("/", 1)[0]
    in_full = text.replace('"execute-api:/', f'"{api_arn}/')
    context = IAM.EvalContext(ANYBODY, "Anonymous", "", ACTION, method_arn, region)
    return IAM.evaluate_resource_policy(in_full, context).decision == "Deny"
