"""Gap: header names reach functions in lower case, because the emulator's server converts them (ASGI asks for that).

AWS (Amazon API Gateway developer guide, "Important notes" for REST APIs): "Header names and query parameters are
processed in a case-sensitive way"; events have the names as the caller sent them. A function that looks up
`event["headers"]["authorization"]` works with one client and not with the next, on AWS.

The wrap tells the server (hypercorn) to keep the names. The edge hands them to the emulator in lower case as before,
and to `request_context` as sent. HTTP/2 has lower-case names only, here as on AWS.
"""

from hypercorn.config import Config

from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import EmulatorChangedError

SETTING = "h11_pass_raw_headers"


def apply(settings: FidelitySettings) -> None:
    """Sets hypercorn's default; raises `EmulatorChangedError` when this version has no such setting."""
    del settings  # nothing here depends on them
    if not hasattr(Config, SETTING):
        raise EmulatorChangedError(f"hypercorn has no setting {SETTING} in this version")
    setattr(Config, SETTING, True)
