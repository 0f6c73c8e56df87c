"""Gap: STS gives sessions of any length, with any tags, and forgets expired ones at once.

What the emulator does: `DurationSeconds`, the session's name and its tags are not looked at; passing tags asks for
`sts:TagSession` in the role's trust policy but not of the caller's own policies; the keys of an expired session are
unknown as soon as another session begins (UnrecognizedClientException).

What AWS does (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html): 900 seconds to the role's
`MaxSessionDuration`, at most one hour for a role that was assumed by a role; names of 2 to 64 characters; at most 50
tags of limited length and characters (API_Tag.html); whoever passes tags needs `sts:TagSession`
(https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html). Expired keys are an ExpiredTokenException.

The wrap checks these before the emulator makes the session, and keeps expired ones for an hour.

Not covered: transitive tags (`TransitiveTagKeys` is ignored), the packed size of policies and tags. Where a trust
policy names the caller itself, AWS does without the caller's own policies; the emulator wants both, here too.
"""

import re
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any, Final
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from sandbox.fidelity.emulator import Answer, Handler, emulator_module, mapping
from sandbox.fidelity.request_log import parsed
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap

iam_evaluator = emulator_module("core.iam_evaluator")
responses = emulator_module("core.responses")
router = emulator_module("core.router")
sts = emulator_module("services.sts")

SHORTEST_SECONDS: Final = 900
LONGEST_SECONDS: Final = 43_200
LONGEST_CHAINED_SECONDS: Final = 3600
DEFAULT_SECONDS: Final = 3600
EXPIRED_KEPT_SECONDS: Final = 3600
MOST_TAGS: Final = 50
MOST_KEY_CHARACTERS: Final = 128
MOST_VALUE_CHARACTERS: Final = 256
SESSION_NAME: Final = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
TAG_CHARACTERS: Final = frozenset("_.:/=+-@")


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps; raises `EmulatorChangedError` when the emulator does not have what they need."""
    del settings
    require_parameters(sts, "_session_tags", ("params", "check"))
    wrap(sts, "_evict_expired_sessions", (), _keeping, by=__name__)
    wrap(sts, "handle_request", ("method", "path", "headers", "body", "query_params"), _checking, by=__name__)


def _keeping(original: Callable[[], None]) -> Callable[[], None]:
    @wraps(original)
    def evict_expired_sessions() -> None:
        forgotten = time.time() - EXPIRED_KEPT_SECONDS
        for key, session in list(sts._sessions.items()):
            if isinstance(session.get("Expiration"), (int, float)) and session["Expiration"] < forgotten:
                sts._sessions.pop(key, None)

    return evict_expired_sessions


def role_prefix(principal: str) -> str:
    """What the ARNs of a role's sessions begin with (without the last `/`); any other ARN as it is."""
    kind, mark, rest = principal.partition(":role/")
    # A role's path is not part of its sessions' ARNs.
    return f"{kind.replace(':iam:', ':sts:')}:assumed-role/{rest.rpartition('/')[2]}" if mark else principal


def expire_sessions(principal: str) -> int:
    """Ends the temporary credentials of a role's sessions now; answers how many.

    `principal` is the ARN of the role, or of one session of it (`arn:...:assumed-role/role/session`).
    """
    prefix = role_prefix(principal)
    ended = 0
    for session in list(sts._sessions.values()):
        arn = str(session.get("Arn", ""))
        if "Expiration" in session and (arn == prefix or arn.startswith(f"{prefix}/")):
            session["Expiration"] = time.time() - 1
            ended += 1
    return ended


def _checking(original: Handler) -> Handler:
    @wraps(original)
    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: Mapping[str, list[str]]
    ) -> Answer:
        parameters = _parameters(headers, body, query_params)
        if _one(parameters, "Action") != "AssumeRole":
            return await original(method, path, headers, body, query_params)
        caller = router.extract_access_key_id(headers, query_params) or ""
        for message in _problems(parameters, caller):
            return sts._error(400, "ValidationError", escape(message), ns="sts")
        if refusal := _tagging_refusal(parameters, caller):
            return refusal
        return await original(method, path, headers, body, query_params)

    return handle_request


def _parameters(headers: Mapping[str, str], body: bytes, query: Mapping[str, list[str]]) -> dict[str, Any]:
    """As the emulator reads them: from the query, and from a form or a JSON body over it."""
    target = headers.get("x-amz-target", "")
    if "amz-json" in headers.get("content-type", ""):
        document = parsed(body)
        named: dict[str, Any] = {
            name: value if isinstance(value, list) else [str(value)] for name, value in document.items()
        }
        return {**query, **named, "Action": [target.rpartition(".")[2]]}
    return {**query, **parse_qs(body.decode("utf-8", errors="replace"))}


def _one(parameters: Mapping[str, Any], name: str) -> str:
    values = parameters.get(name) or [""]
    return str(values[0])


def _problems(parameters: dict[str, Any], caller: str) -> Iterator[str]:
    failed = "failed to satisfy constraint: Member must"
    name = _one(parameters, "RoleSessionName")
    if not SESSION_NAME.fullmatch(name):
        pattern = "satisfy regular expression pattern: [\\w+=,.@-]*, with 2 to 64 characters"
        yield f"1 validation error detected: Value '{name}' at 'roleSessionName' {failed} {pattern}"
    yield from _tag_problems(sts._session_tags(parameters, check=False)[0])
    text = _one(parameters, "DurationSeconds") or str(DEFAULT_SECONDS)
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        yield f"1 validation error detected: Value '{text}' at 'durationSeconds' {failed} be an integer"
        return
    where = f"1 validation error detected: Value '{text}' at 'durationSeconds' {failed} have value"
    if int(text) < SHORTEST_SECONDS:
        yield f"{where} greater than or equal to {SHORTEST_SECONDS}"
    if int(text) > LONGEST_SECONDS:
        yield f"{where} less than or equal to {LONGEST_SECONDS}"
    if int(text) > _longest_of_the_role(_one(parameters, "RoleArn")):
        yield "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    chained = str(sts._sessions.get(caller, {}).get("Arn", "")).partition(":assumed-role/")[1]
    if chained and int(text) > LONGEST_CHAINED_SECONDS:
        yield "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."


def _longest_of_the_role(arn: str) -> int:
    account, name = arn.split(":")[4] if arn.count(":") > 4 else "", arn.rpartition("/")[2]
    role = mapping(emulator_module("services.iam")._roles.get_scoped(account, None, name))
    return int(role.get("MaxSessionDuration", LONGEST_SECONDS))


def _tag_problems(tags: list[dict[str, str]]) -> Iterator[str]:
    where = "1 validation error detected: Value at 'tags"
    failed = "failed to satisfy constraint: Member must"
    if len(tags) > MOST_TAGS:
        yield f"{where}' {failed} have length less than or equal to {MOST_TAGS}"
    for number, tag in enumerate(tags, start=1):
        limits = (("Key", "key", MOST_KEY_CHARACTERS), ("Value", "value", MOST_VALUE_CHARACTERS))
        for member, name, most in limits:
            text = tag[member]
            if len(text) > most or (member == "Key" and not text):
                yield f"{where}.{number}.member.{name}' {failed} have length between 1 and {most}"
            if not all(each in TAG_CHARACTERS or unicodedata.category(each)[0] in "LZN" for each in text):
                pattern = "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]"
                yield f"{where}.{number}.member.{name}' {failed} satisfy regular expression pattern: {pattern}"


def _tagging_refusal(parameters: dict[str, Any], caller: str) -> Answer | None:
    tags = sts._session_tags(parameters, check=False)[0]
    if not tags:
        return None
    role = _one(parameters, "RoleArn")
    context: dict[str, Any] = {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in tags}
    context["aws:TagKeys"] = [tag["Key"] for tag in tags]
    denied = iam_evaluator.enforce(caller, "sts:TagSession", "sts", responses.get_region(), role, context)
    if denied is None:
        return None
    who = getattr(denied, "principal_arn", "")
    message = f"User: {who} is not authorized to perform: sts:TagSession on resource: {role}"
    return sts._error(403, "AccessDenied", escape(message), ns="sts")
