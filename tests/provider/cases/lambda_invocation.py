"""Invocations of a function as a resource."""

import json

from tests.provider.cases.case import Case, Refusal, World
from tests.provider.cases.lambda_ import function

ECHO = "def handle(event, context):\n    print(event)\n    return {'heard': event}\n"


def echo(world: World) -> str:
    code = world.archive(hello=ECHO)
    return str(function(world, name="echo", code=code).id)


CASES = (
    Case(
        token="aws:lambda/invocation:Invocation",
        base=lambda world: {
            "functionName": echo(world),
            "input": json.dumps({"name": "acme"}),
            "lifecycleScope": "CRUD",
        },
        changes={"input": json.dumps({"name": "acme", "scopes": ["read"]}), "terraformKey": "lifecycle"},
        replaces={
            "functionName": "another",
            "qualifier": "1",
            "triggers": {"again": "1"},
            "region": "eu-west-1",
        },
        untested={
            "lifecycleScope": "decides what a changed input does; see test_lambda_invocation.py",
            "tenantId": "refused: the emulator has no tenant isolation",
        },
        absent=frozenset({"tenantId", "triggers"}),
        # The answer tells what was heard: which action it was, and the input before.
        volatile=frozenset({"result"}),
        why_no_drift="there is nothing on AWS to look at: the state is what the function answered",
        why_not_removed="there is nothing on AWS to remove",
        not_imported=frozenset({"input", "lifecycleScope", "result", "terraformKey"}),
        refused=(
            Refusal(change={"input": "{"}, message="input: is not valid JSON"),
            Refusal(change={"input": "[]"}, message="input: must be a JSON object where lifecycleScope is CRUD"),
            Refusal(change={"lifecycleScope": "ALWAYS"}, message="lifecycleScope: 'ALWAYS' is not one of"),
        ),
    ),
)
