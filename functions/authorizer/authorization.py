"""From an event to the answer: a policy and a line in the log, or the one exception that means 401 to API Gateway.

    not authenticated    raises exactly Exception("Unauthorized"): API Gateway answers 401
    not permitted        returns a policy without the method, with `reason` and `message` in its context: 403
    allowed              returns a policy with every method that the principal may call

Where the environment's `NOT_AUTHENTICATED_ANSWER` is `deny` (default: `raise`), a caller who is not authenticated gets
a policy as well, whose reason the API's ACCESS_DENIED gateway response can quote; it has to set the status 401 itself.
A denial that is temporary still raises: API Gateway keeps policies, and keeps no exception.

Everything that lasts is built once, by `build_handler`: `authorizer.handler` calls it for Lambda, tests with fakes.
"""

from __future__ import annotations

import time

from authorizer.auth_context import read_event
from authorizer.chain import Chain, Outcome
from authorizer.decision import Allow, Deny
from authorizer.decision_log import DecisionLog
from authorizer.plugin_loader import ChainLoadError
from authorizer.policy_document import decision_for_route, policy_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Handler = Callable[[object, object], dict[str, Any]]

ANSWER_VARIABLE = "NOT_AUTHENTICATED_ANSWER"
RAISE, DENY = "raise", "deny"


def build_handler(
    *,
    chain: Chain,
    name: str = "authorizer",
    not_authenticated_answer: str = RAISE,
    write: Callable[[str], object],
    clock: Callable[[], float] = time.time,
    timer: Callable[[], int] = time.perf_counter_ns,
) -> Handler:
    """Return the handler for `chain`; that a chain could not be loaded is logged here, once.

    Args:
        chain: the plugins that decide.
        name: the authorizer's name in logs and metrics, the function's name in Lambda.
        not_authenticated_answer: `raise` or `deny`; with anything else every request is denied.
        write: takes a line of the log with its line end.
        clock: seconds since 1970.
        timer: nanoseconds, for durations.
    """
    log = DecisionLog(authorizer=name, plugin_names=[plugin.name for plugin in chain.plugins], write=write, clock=clock)
    if chain.fault is None and not_authenticated_answer not in (RAISE, DENY):
        chain = Chain(
            fault=ChainLoadError(
                reason="unknown_setting", file=ANSWER_VARIABLE, detail=f"the value is neither {RAISE} nor {DENY}"
            )
        )
    if chain.fault is not None:
        log.chain_fault(chain.fault)

    policy_for_everyone = not_authenticated_answer == DENY

    def handle_request(event: object, lambda_context: object) -> dict[str, Any]:
        request_id = str(getattr(lambda_context, "aws_request_id", ""))
        answer = None
        try:
            answer = _decide(
                event, request_id, chain=chain, policy_for_everyone=policy_for_everyone, log=log, timer=timer
            )
        except Exception as error:  # noqa: BLE001 -- a defect of ours, or a log that cannot be written, must deny
            log.internal_error(error, request_id=request_id)
        if answer is None:
            # Raised outside of any `except`, so that the runtime prints no cause. The text is API Gateway's protocol.
            raise Exception("Unauthorized")
        return answer

    return handle_request


def _decide(
    event: object,
    request_id: str,
    *,
    chain: Chain,
    policy_for_everyone: bool,
    log: DecisionLog,
    timer: Callable[[], int],
) -> dict[str, Any] | None:
    """Return the policy, or None for what is answered with the exception."""
    started = timer()
    try:
        request = read_event(event)
    except (ValueError, RecursionError):
        outcome = Outcome(decision=Deny(reason="malformed_event"))
        log.decided(outcome.decision, outcome, request_id=request_id, route="", elapsed=timer() - started)
        return None
    outcome = chain.decide(request)
    decision = decision_for_route(outcome.decision, request.method.route)
    answer = None
    if isinstance(decision, Allow) or decision.authenticated or (policy_for_everyone and not decision.temporary):
        answer = policy_for(decision, request.method)
    log.decided(decision, outcome, request_id=request_id, route=request.method.route, elapsed=timer() - started)
    return answer
