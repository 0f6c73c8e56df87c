"""Gap: a stage's access log settings are stored, and nothing is ever written.

AWS (Amazon API Gateway developer guide, "Set up CloudWatch logging for REST APIs" and "Variables for access
logging"): one line per request to a stage, in the stage's format, into the log group that
`accessLogSettings.destinationArn` names; variables without a value are `-`. Requests that the authorizer refuses and
preflights are requests as well.

The wrap writes the line into the emulator's CloudWatch Logs (in memory: the answer waits for microseconds). In a
format that is a JSON object values are JSON-escaped; in every format they lose line breaks, so that nobody can forge
a line.

Deliberately not here: Firehose destinations, and execution logs. A destination that does not exist is named once in the
sandbox's log.
"""

import hashlib
import logging
import time
from typing import Any

from sandbox.fidelity.gateway.context_variables import access_log_lookup, json_escape, one_line, render
from sandbox.fidelity.gateway.documents import child
from sandbox.fidelity.gateway.emulator import GATEWAY, LOGS, require
from sandbox.fidelity.gateway.invocation import Invocation, current_invocation, elapsed_milliseconds
from sandbox.fidelity.gateway.tracking import SCOPED_EXECUTE_PARAMETERS, Handler, Response, track_invocations
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap

logger = logging.getLogger("gatehouse.gateway")

UNSET = "-"
LOG_GROUP_MARK = ":log-group:"

_reported: set[str] = set()


def apply(settings: FidelitySettings) -> None:
    """Installs the wrap; raises `EmulatorChangedError` when the emulator does not have what it wraps or calls."""
    del settings  # nothing here depends on them
    require(LOGS, "_log_groups")
    require_parameters(LOGS, "_create_log_stream", ("data",))
    require_parameters(LOGS, "_put_log_events", ("data",))
    track_invocations()
    wrap(GATEWAY, "_handle_execute_in_scope", SCOPED_EXECUTE_PARAMETERS, _logging, by=__name__)


def _logging(original: Handler) -> Handler:
    async def handle_execute(*arguments: Any) -> Response:
        response: Response = await original(*arguments)
        invocation = current_invocation()
        if invocation is not None:
            invocation.status = int(response[0])
            invocation.response_length = len(response[2])
            invocation.response_latency = elapsed_milliseconds(invocation.request.started)
            write_line(invocation)
        return response

    return handle_execute


def write_line(invocation: Invocation) -> None:
    """Writes the stage's access log line of a finished request, when the stage has one."""
    settings = child(invocation.stage, "accessLogSettings")
    destination, line_format = settings.get("destinationArn"), settings.get("format")
    if not destination or not line_format:
        return
    group = log_group_name(destination)
    if group is None or group not in LOGS._log_groups:
        if destination not in _reported:
            _reported.add(destination)
            logger.warning(
                "stage %s of API %s logs to %s, which is no log group here; create it, or its access log is lost",
                *(invocation.stage_name, invocation.api_id, destination),
            )
        return
    stream = stream_name(invocation)
    if stream not in LOGS._log_groups[group]["streams"]:
        LOGS._create_log_stream({"logGroupName": group, "logStreamName": stream})
    event = {"timestamp": int(time.time() * 1000), "message": access_log_line(line_format, invocation)}
    LOGS._put_log_events({"logGroupName": group, "logStreamName": stream, "logEvents": [event]})


def access_log_line(line_format: str, invocation: Invocation) -> str:
    """The line of one request in the stage's format."""
    escape = json_escape if line_format.lstrip().startswith("{") else one_line
    return render(line_format, access_log_lookup(invocation), escape=escape, unset=UNSET)


def log_group_name(destination_arn: str) -> str | None:
    """The log group's name in its ARN, with or without `:*` at its end; `None` for the ARN of anything else."""
    _, mark, name = destination_arn.partition(LOG_GROUP_MARK)
    return name.removesuffix(":*") if mark else None


def stream_name(invocation: Invocation) -> str:
    """One stream per stage, named by a digest as API Gateway's are."""
    place = f"{invocation.api_id}/{invocation.stage_name}".encode()
    return hashlib.sha256(place).hexdigest()[:32]
