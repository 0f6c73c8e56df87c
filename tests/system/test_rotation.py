"""The signing key is replaced without a refused caller, and an old key ends."""

import time

import pytest

from sandbox.commands.deployment import await_rotations
from sandbox.commands.session import Session
from sandbox.tour import hello
from sandbox.tour.caller import Caller
from secret_store.signing_key_ring import COOL_DOWN_SECONDS

pytestmark = pytest.mark.timeout(900)


def rotate(session: Session, caller: Caller) -> str:
    """Rotates the signing key to its end and answers the new version."""
    secret = caller.outputs["secrets"]["hello-signing-key"]
    before = hello.SigningKey(caller).version
    caller.secrets.rotate_secret(SecretId=secret)
    await_rotations(session)
    after = hello.SigningKey(caller).version
    assert after != before
    return after


def test_a_token_of_the_previous_key_still_opens_and_one_of_the_key_before_does_not(
    session: Session, caller: Caller
) -> None:
    url = f"{caller.outputs['apis']['hello-api']['url']}/hello"
    first = hello.token(caller)
    assert hello.get(caller, url, f"Bearer {first}").status == 200

    rotate(session, caller)
    second = hello.token(caller)
    assert hello.get(caller, url, f"Bearer {second}").status == 200
    assert hello.get(caller, url, f"Bearer {first}").status == 200

    rotate(session, caller)
    third = hello.token(caller)
    # The authorizer looks again for a kid that it does not know once per cool-down.
    give_up = time.monotonic() + 60
    while (answer := hello.get(caller, url, f"Bearer {third}").status) != 200 and time.monotonic() < give_up:
        time.sleep(1)
        third = hello.token(caller)
    assert answer == 200
    assert hello.get(caller, url, f"Bearer {second}").status == 200
    assert hello.get(caller, url, f"Bearer {first}").status == 401


def test_the_invoker_goes_on_working_after_a_rotation(session: Session, caller: Caller) -> None:
    # An unknown kid that was sent a moment ago, as the test above does, would keep the authorizer from looking again.
    time.sleep(COOL_DOWN_SECONDS)
    rotate(session, caller)

    # The rotation before may have been seconds ago, and the authorizer looks for an unknown kid once per cool-down.
    give_up = time.monotonic() + 60
    invoker = caller.outputs["functions"]["invoker"]
    while (answer := caller.invoke(invoker)).get("errorType") == "UnauthorizedError" and time.monotonic() < give_up:
        time.sleep(1)
    assert answer == {"statusCode": 200, "body": hello.GREETING}
