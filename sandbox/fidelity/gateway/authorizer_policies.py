"""Gap: of the policy that a Lambda authorizer answers, the emulator reads Effect and Resource only.

`Action` and `Condition` do not count (an Allow of `s3:GetObject` lets the caller in, an Allow from another network
too), `NotAction` and `NotResource` are unknown, and a malformed statement is silently skipped.

AWS (Amazon API Gateway developer guide, "Output from an API Gateway Lambda authorizer" and "API Gateway
identity-based policy examples"): the answer is an IAM policy for `execute-api:Invoke` on the method's ARN; it is
evaluated as IAM evaluates policies (IAM user guide, "Policy evaluation logic"): an explicit Deny wins, then an Allow
is needed. A policy that is none is a configuration error, 500.

The wrap evaluates all elements. Conditions are evaluated by the emulator's IAM with the keys that API Gateway fills
(`aws:SourceIp` is the TCP peer, `aws:SecureTransport` is true: API Gateway serves TLS only). Where doubt remains the
answer is no: an unknown condition operator or version makes the policy malformed.
"""

import logging
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sandbox.fidelity.gateway.documents import as_list, as_object
from sandbox.fidelity.gateway.emulator import GATEWAY, IAM, require
from sandbox.fidelity.gateway.invocation import Invocation, current_invocation
from sandbox.fidelity.gateway.tracking import INVOKE_AUTHORIZER_PARAMETERS, Handler, track_invocations
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

logger = logging.getLogger("gatehouse.gateway")

ACTION = "execute-api:Invoke"
VERSIONS = ("2012-10-17", "2008-10-17")
# Of an identity-based policy: it names no Principal.
STATEMENT_ELEMENTS = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"})


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps; raises `EmulatorChangedError` when the emulator does not have what they wrap."""
    del settings  # nothing here depends on them
    require(IAM, "EvalContext", "_conditions_met", "_CONDITION_OPS")
    track_invocations()
    wrap(GATEWAY, "_invoke_authorizer_lambda", INVOKE_AUTHORIZER_PARAMETERS, _refusing_malformed, by=__name__)
    wrap(GATEWAY, "_evaluate_policy", ("policy_doc", "method_arn"), _evaluating, by=__name__)


def _refusing_malformed(original: Handler) -> Handler:
    async def invoke_authorizer(authorizer: dict[str, Any], event: Any, account_id: str, region: str) -> Any:
        result = await original(authorizer, event, account_id, region)
        if result is None or result.get("error"):
            return result
        answer = as_object(result.get("body"))
        problem = policy_problem(None if answer is None else answer.get("policyDocument"))
        if problem is not None:
            logger.warning("authorizer %s: %s; the caller gets 500", authorizer.get("name"), problem)
            return None  # the emulator answers AUTHORIZER_CONFIGURATION_ERROR, and caches nothing
        return result

    return invoke_authorizer


def _evaluating(original: Any) -> Any:
    def evaluate_policy(policy_doc: Any, method_arn: str) -> str:
        original(policy_doc, method_arn)  # notes the context of the policy; its own verdict is not used
        invocation = current_invocation()
        verdict = "NoMatch"
        for statement in _statements(policy_doc):
            if not applies(statement, method_arn) or not _conditions_hold(statement, method_arn, invocation):
                continue
            if statement["Effect"] == "Deny":
                return "Deny"
            verdict = "Allow"
        return verdict

    return evaluate_policy


def policy_problem(document: Any) -> str | None:
    """What makes a policy document malformed, or `None`. Names elements, never values.

    IAM JSON policy grammar (IAM user guide, "Grammar of the IAM JSON policy language").
    """
    policy = as_object(document)
    if policy is None:
        return "it answered no policyDocument"
    if policy.get("Version", VERSIONS[0]) not in VERSIONS:
        return "the policy's Version is none of IAM's"
    statements = _statements(policy)
    if not statements:
        return "the policy has no Statement"
    for number, statement in enumerate(statements):
        problem = _statement_problem(statement)
        if problem is not None:
            return f"statement {number} of the policy {problem}"
    return None


def applies(statement: Mapping[str, Any], method_arn: str) -> bool:
    """Whether a statement is about invoking this method, conditions aside."""
    return _names(statement, "Action", ACTION, ignore_case=True) and _names(
        statement, "Resource", method_arn, ignore_case=False
    )


def _names(statement: Mapping[str, Any], element: str, value: str, *, ignore_case: bool) -> bool:
    if element in statement:
        return any(_wildcard(pattern, ignore_case).fullmatch(value) for pattern in _strings(statement[element]))
    excluded = _strings(statement[f"Not{element}"])
    return not any(_wildcard(pattern, ignore_case).fullmatch(value) for pattern in excluded)


@lru_cache(maxsize=1024)
def _wildcard(pattern: str, ignore_case: bool) -> re.Pattern[str]:  # noqa: FBT001 - a cache key; always named above
    """`*` stands for any characters, `?` for one (IAM user guide, "Resource"), line breaks in a path included."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(expression, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _conditions_hold(statement: Mapping[str, Any], method_arn: str, invocation: Invocation | None) -> bool:
    conditions = statement.get("Condition")
    if not conditions:
        return True
    return bool(IAM._conditions_met(conditions, _evaluation_context(method_arn, invocation)))


def _evaluation_context(method_arn: str, invocation: Invocation | None) -> Any:
    headers: Mapping[str, str] = invocation.request.headers if invocation else {}
    keys = {"aws:useragent": headers.get("user-agent"), "aws:referer": headers.get("referer")}
    return IAM.EvalContext(
        principal_arn="",
        principal_type="",
        principal_account="",
        action=ACTION,
        resource_arn=method_arn,
        region=invocation.region if invocation else "",
        source_ip=invocation.request.peer if invocation else "",
        secure_transport=True,
        service_context={key: value for key, value in keys.items() if value is not None},
    )


def _statement_problem(value: Any) -> str | None:
    statement = as_object(value)
    if statement is None:
        return "is not an object"
    if statement.get("Effect") not in ("Allow", "Deny"):
        return "has no Effect Allow or Deny"
    for element in ("Action", "Resource"):
        present = [name for name in (element, f"Not{element}") if name in statement]
        if len(present) != 1:
            return f"needs one of {element} and Not{element}"
        if not _strings(statement[present[0]]):
            return f"has no text in {present[0]}"
    unknown = sorted(set(statement) - STATEMENT_ELEMENTS)
    if unknown:
        return f"has unknown elements: {', '.join(unknown)}"
    return _condition_problem(statement.get("Condition"))


def _condition_problem(value: Any) -> str | None:
    if value is None:
        return None
    conditions = as_object(value)
    if conditions is None:
        return "has a Condition that is not an object"
    for operator, keys in conditions.items():
        if not _known_operator(operator):
            return f"has the unknown condition operator {operator}"
        if not isinstance(keys, dict):
            return f"has no condition keys under {operator}"
    return None


def _known_operator(operator: str) -> bool:
    name = operator.lower().removeprefix("forallvalues:").removeprefix("foranyvalue:").removesuffix("ifexists")
    return name == "null" or name in IAM._CONDITION_OPS


def _statements(document: Mapping[str, Any]) -> list[Any]:
    statements = document.get("Statement")
    several = as_list(statements)
    if several is not None:
        return several
    return [] if statements is None else [statements]


def _strings(value: Any) -> list[str]:
    """One or several strings as a list; empty when it is anything else."""
    several = as_list(value)
    values = [value] if several is None else several
    return [item for item in values if isinstance(item, str)] if all(isinstance(item, str) for item in values) else []
