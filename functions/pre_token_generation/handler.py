"""Adds `cnf` to an access token, with the thumbprint that `POST /token` has proved; without a proof there is no token.

    event    triggerSource, callerContext.clientId, request.scopes, request.clientMetadata
    answer   the event with response.claimsAndScopeOverrideDetails.accessTokenGeneration.claimsToAddOrOverride.cnf

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html. Whatever is not a
client credentials grant of V3_0 with a good proof raises, and Cognito gives no token: its token endpoint is open to
everybody who has an app client's secret, and a token that is not bound must not exist. Nothing of an event goes to the
log but the app client's id, which Cognito has checked.

Settings, plain values all: `BINDING_KEY_SECRET_ARN`.
"""

from __future__ import annotations

import functools
import os
import time

from audit_trail.metrics import count_line, write_to_standard_output
from client_certificates.binding_proof import CONFIRMATION_MEMBER, BindingRefused, bound_thumbprint
from secret_store.errors import SecretError
from secret_store.secret_source import secret_source
from secret_store.signing_key_ring import SigningKeyRing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from client_certificates.binding_proof import BindingKeys
    from secret_store.secret_source import SecretSource

    Handler = Callable[[Any, object], dict[str, Any]]

TRIGGER_SOURCE = "TokenGeneration_ClientCredentials"
EVENT_VERSION = "3"
BOUND = "bound"


class TokenRefused(Exception):  # noqa: N818 -- read as a reason; Cognito shows its text to the caller
    """No token is made. The text is the stable code."""


def build_handler(
    environment: Mapping[str, str],
    *,
    source: SecretSource | None = None,
    write: Callable[[str], object] = write_to_standard_output,
    clock: Callable[[], float] = time.time,
    monotonic_clock: Callable[[], float] = time.monotonic,
) -> Handler:
    """Return the handler for these settings; raises KeyError for one that is missing, ValueError for an empty one."""
    keys = SigningKeyRing(
        source=source or secret_source(environment),
        secret_id=environment["BINDING_KEY_SECRET_ARN"],
        clock=monotonic_clock,
    )

    def handle_event(event: Any, _context: object) -> dict[str, Any]:
        reason = BOUND
        app_client_id = ""
        answer: dict[str, Any] | None = None
        try:
            app_client_id, scopes, metadata = _request_in(event)
            thumbprint = _thumbprint(metadata, app_client_id, scopes, keys, clock())
            answer = {**event, "response": _response(thumbprint)}
        except BindingRefused as refused:
            reason = refused.code
        except SecretError as error:
            reason = error.code
        except Exception as error:  # noqa: BLE001 -- a defect of ours must end without a token, and without a trace of the event
            reason = f"internal_error: {type(error).__name__}"
        write(
            count_line(
                "TokenBindings",
                {"outcome": "bound" if answer is not None else "refused", "reason": reason.partition(":")[0]},
                now=clock(),
                members={"app_client_id": app_client_id, "detail": reason},
            )
        )
        if answer is None:
            # Outside of any `except`, so that the runtime prints no cause.
            raise TokenRefused(reason.partition(":")[0])
        return answer

    return handle_event


def _thumbprint(
    metadata: Mapping[str, Any] | None, app_client_id: str, scopes: list[str], keys: BindingKeys, now: float
) -> str:
    return bound_thumbprint(metadata, app_client_id=app_client_id, scopes=scopes, keys=keys, now=now)


def _request_in(event: Any) -> tuple[str, list[str], Mapping[str, Any] | None]:
    """Return the app client, the scopes and the metadata; raises `BindingRefused` for any other kind of event."""
    try:
        source, version = event["triggerSource"], event["version"]
        app_client_id, request = event["callerContext"]["clientId"], event["request"]
        scopes, metadata = request["scopes"], request.get("clientMetadata")
    except (KeyError, TypeError, AttributeError):
        raise BindingRefused("malformed_event") from None
    if source != TRIGGER_SOURCE:
        raise BindingRefused("other_trigger_source")
    if version != EVENT_VERSION:
        raise BindingRefused("other_event_version")
    if type(app_client_id) is not str or not app_client_id or not _are_texts(scopes):
        raise BindingRefused("malformed_event")
    if metadata is not None and type(metadata) is not dict:
        raise BindingRefused("malformed_event")
    return app_client_id, scopes, metadata  # pyright: ignore[reportUnknownVariableType] -- JSON


def _are_texts(values: Any) -> bool:
    texts: list[Any] = values if type(values) is list else []  # pyright: ignore[reportUnknownVariableType] -- JSON
    return bool(texts) and all(type(text) is str and text for text in texts)


def _response(thumbprint: str) -> dict[str, Any]:
    confirmation = {"cnf": {CONFIRMATION_MEMBER: thumbprint}}
    return {
        "claimsAndScopeOverrideDetails": {
            "idTokenGeneration": {},
            "accessTokenGeneration": {"claimsToAddOrOverride": confirmation},
        }
    }


@functools.cache
def _built() -> Handler:
    return build_handler(os.environ)


def handle(event: Any, context: object) -> dict[str, Any]:
    """Handle an invocation. Built at the first one, so that importing needs no settings."""
    return _built()(event, context)
