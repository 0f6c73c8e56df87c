"""What Lambda calls: the route, the customer, the count, the operation; every way that can end, as an answer.

    401   the token has ended since API Gateway has kept the authorizer's decision; goes into the audit trail
    403   no customer in the verified context, or IAM refused; goes into the audit trail, too
    429   the customer's requests of this minute are used up
    503   something that is needed did not answer, or would not for now
    500   a defect; its class goes to the log and nothing of it to the caller

Settings: `CUSTOMER_DATA_TABLE`, `IDEMPOTENCY_TABLE`, `TENANT_USAGE_TABLE`, `TENANT_ROLE_ARN`,
`TENANT_REQUESTS_PER_MINUTE`, `PAGE_TOKEN_KEY_SECRET_ARN`, `AUDIT_LOG_GROUP`, `CORS_ALLOW_ORIGIN` (absent: no CORS
headers).
"""

from __future__ import annotations

import functools
import os
import re
import sys
import uuid
from time import monotonic, perf_counter_ns, time

from api_responses.answers import Answers
from api_responses.refusals import (
    Refusal,
    internal_error,
    not_authorized,
    not_found,
    token_expired,
    too_many_requests,
    unavailable,
)
from audit_trail.denials import DenialRecorder
from audit_trail.records import DENIED, REACH_DATA, USE_TOKEN, audit_record, request_of
from audit_trail.trail import audit_trail
from aws_calls.credentials import own_credentials
from aws_calls.dynamodb import SERVICE as DYNAMODB
from aws_calls.dynamodb import DynamoDb
from aws_calls.endpoints import HttpEndpoint, endpoint_url
from aws_calls.errors import AwsCallError, Denied, Refused, Throttled
from aws_calls.role_sessions import SERVICE as STS
from aws_calls.role_sessions import RoleSessions
from secret_store.errors import SecretError
from secret_store.secret_source import secret_source
from secret_store.signing_key_ring import SigningKeyRing
from tenant_data.data_api import TenantDataApi
from tenant_data.dynamodb_repository import DATA_TABLE_VARIABLE, IDEMPOTENCY_TABLE_VARIABLE, DynamoDbRepository
from tenant_data.operations import OPERATIONS
from tenant_data.page_tokens import PageTokens
from tenant_data.request_log import SUCCESS, RequestLog
from tenant_data.tenant_sessions import ROLE_VARIABLE, AssumedRoleSessions
from tenant_usage.usage import TABLE_VARIABLE, UsageUnavailable, requests_per_minute
from tenant_usage.usage_table import UsageTable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from aws_calls.endpoints import CountingEndpoint
    from tenant_data.operations import Operation
    from tenant_data.repository import TenantRepository
    from tenant_usage.usage import TenantUsage

    Handler = Callable[[Any, object], dict[str, Any]]

# What each denial was an attempt at, by its status.
_DENIED_ACTIONS = {401: USE_TOKEN, 403: REACH_DATA}
PAGE_TOKEN_KEY_VARIABLE = "PAGE_TOKEN_KEY_SECRET_ARN"  # noqa: S105 -- the name of a setting
_ROUTES = {(operation.method, operation.resource): operation for operation in OPERATIONS}
_is_customer_id = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}").fullmatch
_is_time = re.compile(r"[0-9]{1,12}").fullmatch


def handler_of(
    *,
    repository: TenantRepository,
    usage: TenantUsage,
    page_tokens: PageTokens,
    answers: Answers,
    log: RequestLog,
    denials: DenialRecorder,
    clock: Callable[[], float],
    new_id: Callable[[], str],
    waited: Callable[[], int] = lambda: 0,
) -> Handler:
    """Return the handler over these ports; `waited` counts the nanoseconds spent waiting for AWS, ever."""
    api = TenantDataApi(repository=repository, page_tokens=page_tokens, answers=answers, clock=clock, new_id=new_id)
    methods: dict[str, Callable[[str, Mapping[str, Any]], dict[str, Any]]] = {
        operation.name: getattr(api, operation.name) for operation in OPERATIONS
    }

    def handle_event(event: Any, _context: object) -> dict[str, Any]:
        started, waited_before = perf_counter_ns(), waited()
        customer_id = _customer_in(event)
        operation = _operation_in(event)
        outcome, detail = SUCCESS, None
        try:
            if customer_id is None:
                raise not_authorized(reason="no_customer")
            expires_at = _expiry_in(event)
            if expires_at is None:
                raise not_authorized(reason="no_token_expiry")
            if clock() >= expires_at:
                raise token_expired()
            retry_after = usage.admit(customer_id)
            if retry_after:
                raise too_many_requests(retry_after)
            if operation is None:
                raise not_found("No such resource")
            answer = methods[operation.name](customer_id, event)
        except Exception as error:  # noqa: BLE001 -- whatever goes wrong is answered, and a defect is told to the log alone
            refusal, detail = _refusal_for(error)
            outcome = refusal.reason
            answer = answers.refusal(refusal)
        log.answered(
            request_id=_request_id_in(event),
            operation="none" if operation is None else operation.name,
            status=answer["statusCode"],
            outcome=outcome,
            customer_id=customer_id,
            elapsed=perf_counter_ns() - started,
            waited=waited() - waited_before,
            detail=detail,
        )
        action = _DENIED_ACTIONS.get(answer["statusCode"])
        if action is not None:
            denials.record(_denial(event, action, customer_id, outcome, clock()))
        return answer

    return handle_event


def build_handler(
    environment: Mapping[str, str],
    *,
    write: Callable[[str], object],
    endpoint: Callable[[str], CountingEndpoint] = HttpEndpoint,
) -> Handler:
    """Return the handler for these settings; raises KeyError for one that is missing, ValueError for a bad one."""
    region = environment["AWS_REGION"]
    own = own_credentials(environment)
    dynamodb_endpoint = endpoint(endpoint_url(DYNAMODB, environment))
    sts_endpoint = endpoint(endpoint_url(STS, environment))
    dynamodb = DynamoDb(endpoint=dynamodb_endpoint, region=region)
    sessions = AssumedRoleSessions(
        sts=RoleSessions(endpoint=sts_endpoint, region=region, credentials=own),
        role_arn=environment[ROLE_VARIABLE],
        clock=time,
    )
    return handler_of(
        repository=DynamoDbRepository(
            dynamodb=dynamodb,
            sessions=sessions,
            data_table=environment[DATA_TABLE_VARIABLE],
            idempotency_table=environment[IDEMPOTENCY_TABLE_VARIABLE],
            clock=time,
        ),
        usage=UsageTable(
            dynamodb=dynamodb,
            credentials=own,
            table=environment[TABLE_VARIABLE],
            requests_per_minute=requests_per_minute(environment),
            clock=time,
        ),
        page_tokens=PageTokens(
            keys=SigningKeyRing(source=secret_source(environment), secret_id=environment[PAGE_TOKEN_KEY_VARIABLE]),
            clock=time,
        ),
        answers=Answers.of(environment),
        log=RequestLog(function=environment.get("AWS_LAMBDA_FUNCTION_NAME", "tenant-data"), write=write, clock=time),
        denials=DenialRecorder(trail=audit_trail(environment), clock=time, monotonic_clock=monotonic, write=write),
        clock=time,
        new_id=lambda: str(uuid.uuid4()),
        waited=lambda: dynamodb_endpoint.waited_nanoseconds + sts_endpoint.waited_nanoseconds,
    )


def _customer_in(event: Any) -> str | None:
    """Return the customer that the authorizer has verified. Nothing else in an event says who is calling."""
    try:
        customer_id = event["requestContext"]["authorizer"]["customer_id"]
    except (KeyError, TypeError):
        return None
    return customer_id if type(customer_id) is str and _is_customer_id(customer_id) else None


def _expiry_in(event: Any) -> int | None:
    """Return when the verified token ends, in seconds since 1970. API Gateway may keep a decision for longer."""
    expires_at = event["requestContext"]["authorizer"].get("expires_at")
    return int(expires_at) if type(expires_at) is str and _is_time(expires_at) else None


def _denial(event: Any, action: str, customer_id: str | None, reason: str, now: float) -> dict[str, str]:
    """Return the record of a denial; of the event, only what API Gateway itself has put there."""
    try:
        request_context, key_id = event["requestContext"], event["requestContext"]["authorizer"]["key_id"]
    except (KeyError, TypeError):
        request_context, key_id = None, ""
    return audit_record(
        now=now,
        action=action,
        outcome=DENIED,
        reason=reason,
        who=customer_id or "",
        customer_id=customer_id or "",
        key_id=key_id if type(key_id) is str else "",
        **request_of(request_context),
    )


def _operation_in(event: Any) -> Operation | None:
    try:
        return _ROUTES.get((event["httpMethod"], event["resource"]))
    except (KeyError, TypeError):
        return None


def _request_id_in(event: Any) -> str:
    try:
        return str(event["requestContext"]["requestId"])
    except (KeyError, TypeError):
        return ""


def _refusal_for(error: Exception) -> tuple[Refusal, str | None]:
    """Return the answer for whatever was raised, and what the log should know beyond its reason."""
    if isinstance(error, Refusal):
        return error, None
    if isinstance(error, UsageUnavailable):
        return unavailable(reason=error.reason), None
    if isinstance(error, SecretError):
        return unavailable(reason=error.code), None
    if isinstance(error, Denied):
        return not_authorized(reason="iam_denied"), str(error)
    if isinstance(error, AwsCallError) and not isinstance(error, Refused):
        reason = "dependency_throttled" if isinstance(error, Throttled) else "dependency_unavailable"
        return unavailable(reason=reason), str(error)
    # What is left is a defect. Its message may quote the request, so only AWS's code or the class is told.
    return internal_error(), str(error) if isinstance(error, Refused) else type(error).__name__


def _write_to_standard_output(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


@functools.cache
def _built() -> Handler:
    return build_handler(os.environ, write=_write_to_standard_output)


def handle(event: Any, context: object) -> dict[str, Any]:
    """Handle an invocation. Built at the first one, so that importing needs no settings."""
    return _built()(event, context)
