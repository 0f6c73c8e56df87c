"""Records every AWS API call that reaches the emulator, so that tests and benchmarks can count them. No gap.

AWS has CloudTrail and its clients' metrics for this. Here each call is one line in memory: which action of which
service on which resources, by whom, how it was answered, and what DynamoDB charged for it. Deliberately no bodies, keys
of items, header fields or credentials, and no calls that never were HTTP (the sandbox's secrets extension, an API's
invocation of its functions). The latest `MOST_CALLS` are kept; a reader is told how many it came too late for.

Read by `GET /_gatehouse/requests` (`sandbox.server.control`).
"""

import itertools
import json
import re
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import wraps
from typing import Any, Final, cast

from sandbox.fidelity.current_request import READS_ONLY, current_request
from sandbox.fidelity.emulator import emulator_module
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap

application = emulator_module("app")
iam_actions = emulator_module("core.iam_actions")
iam_evaluator = emulator_module("core.iam_evaluator")
responses = emulator_module("core.responses")
router = emulator_module("core.router")

MOST_CALLS: Final = 50_000
DISPATCH_PARAMETERS: Final = ("method", "path", "headers", "body", "query_params", "request_id")
CAPACITY_NOTE: Final = "dynamodb_consumed_capacity"
"""In the current request's notes: capacity units of the call, left there by `dynamodb.consumed_capacity`."""
# Of what begins an answer, enough to find the error's code.
ERROR_BYTES: Final = 2048
READS: Final = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"})
ONLY_READING: Final = ("Describe", "GET", "Get", "HEAD", "Head", "List")
"""How actions begin that change nothing, at least at the services below."""
READABLE: Final = frozenset(
    (
        *("acm", "apigateway", "cloudwatch", "cognito-idp", "dynamodb", "ecr", "events", "iam", "kms", "lambda"),
        *("logs", "route53", "s3", "ssm", "sts", "wafv2"),
    )
)
"""Not Secrets Manager, which keeps when a secret was read, nor services whose `Get` makes something (queues, pools)."""
ERROR_CODE: Final = re.compile(rb'"(?:__type|code)"\s*:\s*"(?:[^"#]*#)?([A-Za-z.]+)|<Code>([A-Za-z.]+)</Code>')

Answer = tuple[int, dict[str, str], Any]  # the body: bytes, or a stream of S3
Dispatcher = Callable[..., Awaitable[Answer]]


@dataclass(frozen=True, kw_only=True)
class LoggedCall:
    """One call. `number` counts from 1 since the process began, `at` is seconds since the epoch.

    `service` and `action` as in IAM (`dynamodb`, `Query`); `resources` are ARNs, empty where the call names none.
    `principal` is the verified caller's ARN, `None` where the caller was not verified. `consistent_read` is true when
    any read of the call is strongly consistent, `None` for calls that read no items.
    """

    number: int
    at: float
    service: str
    action: str
    resources: tuple[str, ...]
    principal: str | None
    status: int
    error: str | None
    consistent_read: bool | None
    capacity_units: float | None
    milliseconds: float


class RequestLog:
    """The latest calls, safe to use from any thread."""

    def __init__(self, most: int = MOST_CALLS) -> None:
        self._calls: deque[LoggedCall] = deque(maxlen=most)
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._last = 0

    def add(self, **facts: Any) -> None:
        """Appends a call with these facts; the log numbers it."""
        with self._lock:
            self._last = next(self._numbers)
            self._calls.append(LoggedCall(number=self._last, **facts))

    def document(self, query: Mapping[str, str]) -> dict[str, Any]:
        """What `GET /_gatehouse/requests` answers.

        `since` (a number, default 0) leaves out what was there before; `service`, `action`, `principal`, `error` and
        `status` must be equal, `resource` is an ARN or what stands after its last `/`. `lost` says how many calls after
        `since` are no longer kept. Raises `ValueError` for any other parameter.
        """
        unknown = set(query) - {"since", "service", "action", "principal", "error", "status", "resource"}
        if unknown:
            raise ValueError(f"no such filter: {', '.join(sorted(unknown))}")
        since = int(query.get("since", "0"))
        with self._lock:
            calls, last = list(self._calls), self._last
        first_kept = calls[0].number if calls else last + 1
        found = [asdict(call) for call in calls if call.number > since and _matches(call, query)]
        return {"last": last, "lost": max(0, first_kept - 1 - since), "requests": found}


def _matches(call: LoggedCall, query: Mapping[str, str]) -> bool:
    exact = ("service", "action", "principal", "error", "status")
    if any(name in query and str(getattr(call, name)) != query[name] for name in exact):
        return False
    return "resource" not in query or names_resource(query["resource"], call.resources)


def names_resource(wanted: str, resources: Iterable[str]) -> bool:
    """Whether one of the ARNs is the wanted one, or ends with `/` and the wanted name."""
    return any(arn == wanted or arn.rpartition("/")[2] == wanted for arn in resources)


log: Final = RequestLog()


def apply(settings: FidelitySettings) -> None:
    """Installs the wrap; raises `EmulatorChangedError` when the emulator does not have what it wraps or calls."""
    del settings
    require_parameters(application, "_decompress_request_body", ("body", "headers"))
    require_parameters(router, "detect_service", ("method", "path", "headers", "query_params"))
    require_parameters(iam_actions, "extract_iam_action", ("service", *DISPATCH_PARAMETERS[:5]))
    wrap(application, "_dispatch_service_request", DISPATCH_PARAMETERS, _recording, by=__name__)


def _recording(original: Dispatcher) -> Dispatcher:
    @wraps(original)
    async def dispatch(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: Any, request_id: str
    ) -> Answer:
        started, at = time.perf_counter(), time.time()
        facts = call_facts(method, path, headers, body, query_params)
        status, code = 500, "ConnectionEnded"  # what is recorded where no answer comes about
        try:
            answer = await original(method, path, headers, body, query_params, request_id)
            status, code = answer[0], error_code(answer)
            return answer
        finally:
            request = current_request()
            if request is not None and reads_only(facts["service"], facts["action"]):
                request.notes[READS_ONLY] = True
            log.add(
                at=at,
                **facts,
                principal=_verified_principal(headers, query_params),
                status=status,
                error=code,
                capacity_units=None if request is None else request.notes.get(CAPACITY_NOTE),
                milliseconds=round((time.perf_counter() - started) * 1000, 3),
            )

    return dispatch


def call_facts(method: str, path: str, headers: dict[str, str], body: bytes, query_params: Any) -> dict[str, Any]:
    """What a request asks of which service on what: `service`, `action`, `resources`, `consistent_read`."""
    parameters = application._routing_params(method, path, headers, body, query_params)
    service = application.detect_service(method, path, headers, parameters)
    facts: dict[str, Any] = {"service": service, "action": method, "resources": (), "consistent_read": None}
    if service not in application.SERVICE_HANDLERS:
        return facts
    if service != "s3":
        body = application._decompress_request_body(body, dict(headers))  # which takes a field out of them
        parameters = application._routing_params(method, path, headers, body, query_params)
    named = iam_actions.extract_iam_action(service, method, path, headers, body, parameters)
    if named is not None:
        facts["service"], _, facts["action"] = named.partition(":")
    if service == "dynamodb":
        document = parsed(body)
        facts["resources"] = tuple(_table_arns(document))
        if facts["action"] in READS:
            facts["consistent_read"] = facts["action"].startswith("Transact") or _is_consistent(document)
        return facts
    place = (responses.get_region(), responses.get_account_id())
    try:
        arn = iam_actions.extract_resource_arn(service, method, path, headers, body, parameters, *place)
    except (AttributeError, TypeError, ValueError):
        return facts  # a body that is none: what is wrong with it is for the service to say
    return facts | {"resources": () if arn == "*" else (arn,)}


def reads_only(service: str, action: str) -> bool:
    """Whether a call changes nothing that the emulator would save; what is not known to, may."""
    return service in READABLE and action.startswith(ONLY_READING)


def parsed(body: bytes) -> dict[str, Any]:
    """A JSON request's body, or an empty mapping where it is none."""
    try:
        found: Any = json.loads(body or b"{}")
    except ValueError:
        return {}
    return cast(dict[str, Any], found) if isinstance(found, dict) else {}


def _table_arns(document: dict[str, Any]) -> list[str]:
    place = (responses.get_region(), responses.get_account_id())
    names = [document.get("TableName"), *(_mappings(document.get("RequestItems")))]
    for item in _list(document.get("TransactItems")):
        names += [_mappings(member).get("TableName") for member in _mappings(item).values()]
    found = [iam_actions._dynamodb_table_arn(name, *place) for name in names if isinstance(name, str) and name]
    return list(dict.fromkeys(found))


def _is_consistent(document: dict[str, Any]) -> bool:
    asked = [document, *_mappings(document.get("RequestItems")).values()]
    return any(_mappings(one).get("ConsistentRead") is True for one in asked)


def _mappings(value: Any) -> dict[str, Any]:
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return cast(list[Any], value) if isinstance(value, list) else []


def _verified_principal(headers: dict[str, str], query_params: Any) -> str | None:
    access_key = router.extract_access_key_id(headers, query_params)
    if not access_key:
        return None
    if not iam_evaluator.is_root_access_key(access_key) and iam_evaluator._verified_key.get() != access_key:
        return None
    arn: str = iam_evaluator._request_caller_arn.get()
    return arn or None


def error_code(answer: Answer) -> str | None:
    """The code in an error answer of any of AWS's protocols; `None` for a success or an error without one."""
    status, headers, body = answer
    if status < 400:
        return None
    named = headers.get("x-amzn-ErrorType") or headers.get("x-amzn-errortype")
    if named:
        return named.partition(":")[0]
    found = ERROR_CODE.search(body[:ERROR_BYTES]) if isinstance(body, bytes) else None
    return next((group.decode() for group in found.groups() if group), None) if found else None
