"""Runs a Pulumi program, or one component, without an engine: records what would be registered.

    deploy(build)  ──►  Stack: every resource with its inputs, options and outputs, as plain values

Tests assert on the answer, after everything has run: an assertion inside `apply` would pass silently when it fails.
Ids and ARNs are shaped as AWS's, so that code which reads them sees what it will see. Deliberately no emulator: nothing
is checked as AWS would check it.
"""

import asyncio
import contextlib
import contextvars
import json
from collections.abc import Callable, Coroutine, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from google.protobuf import json_format
from pulumi.output import Unknown
from pulumi.runtime import mocks, resource, rpc
from pulumi.runtime.config import set_all_config
from pulumi.runtime.proto import resource_pb2, source_pb2

from sandbox.engine.language_host.program import change_sdk

# The SDK as the language host uses it. And for every resource it goes through the whole call stack, which is deep under
# pytest (more than a quarter of these tests' time); no test looks at that.
change_sdk()
setattr(resource, "_get_stack_trace", source_pb2.StackTrace)  # noqa: B010 - a name of the SDK's own

ACCOUNT_ID = "111122223333"
REGION = "ap-southeast-3"
PARTITION = "aws"


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A resource as it was registered.

    `inputs` and a component's `outputs` have plain values: unknown ones are `UNKNOWN`, numbers are floats, secret ones
    are shown, and their names are in `secret_inputs`. Input names are the provider's (`roleArn`). `options` are the
    request's other fields, by their names in resource.proto.
    """

    urn: str
    type: str
    name: str
    custom: bool
    parent: str
    inputs: Mapping[str, Any]
    secret_inputs: frozenset[str]
    options: Mapping[str, Any]
    depends_on: frozenset[str]
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, kw_only=True)
class Stack:
    """What a build registered, in order, and what it returned."""

    registrations: list[Registration]
    result: Any

    def of_type(self, type_: str) -> list[Registration]:
        """All resources of a type, such as `aws:apigateway/method:Method`."""
        return [found for found in self.registrations if found.type == type_]

    def one(self, type_: str, name: str | None = None) -> Registration:
        """The only resource of a type, or the one with that logical name."""
        found = [each for each in self.of_type(type_) if name is None or each.name == name]
        assert len(found) == 1, f"{type_} {name or ''}: found {[each.name for each in found]}"
        return found[0]


UNKNOWN = "<unknown>"


class RecordingMonitor(mocks.MockMonitor):
    """Keeps every request to register a resource, with its options, and every component's outputs."""

    def __init__(self, implementation: mocks.Mocks, *, preview: bool) -> None:
        super().__init__(implementation)
        self._preview = preview
        self.registrations: dict[str, Registration] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the name is gRPC's
        """Records the request and lets the mocks answer, as the SDK's own monitor does on a thread of its own."""
        urn = self.make_urn(request.parent, request.type, request.name)
        inputs = rpc.deserialize_properties(request.object, keep_unknowns=True)
        self.registrations[urn] = Registration(
            urn=urn,
            type=request.type,
            name=request.name,
            custom=request.custom,
            parent=request.parent,
            inputs=_plain(inputs),
            secret_inputs=frozenset(name for name, value in inputs.items() if rpc.is_rpc_secret(value)),
            options=_options(request),
            depends_on=frozenset(request.dependencies),
        )
        if request.type == "pulumi:pulumi:Stack":
            return resource_pb2.RegisterResourceResponse(urn=urn)
        # What is unknown is left out; outside previews nothing is.
        known = rpc.deserialize_properties(request.object) if self._preview else inputs
        made = mocks.MockResourceArgs(request.type, request.name, known, custom=request.custom)
        id_, state = self.mocks.new_resource(made)
        return resource_pb2.RegisterResourceResponse(urn=urn, id=id_ or "", object=_serialized(state))

    def Invoke(self, request: Any) -> Any:  # noqa: N802 - the name is gRPC's
        """Lets the mocks answer."""
        asked = mocks.MockCallArgs(request.tok, rpc.deserialize_properties(request.args), request.provider)
        return resource_pb2.ResourceInvokeResponse(**{"return": _serialized(self.mocks.call(asked))})

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - the name is gRPC's
        """Records a component's outputs."""
        outputs = rpc.deserialize_properties(request.outputs, keep_unknowns=True)
        self.registrations[request.urn].outputs.update(_plain(outputs))
        return cast("Any", super()).RegisterResourceOutputs(request)


def _options(request: Any) -> dict[str, Any]:
    """The request's fields but its object, most of it, which is not turned into a dictionary to be thrown away."""
    others = resource_pb2.RegisterResourceRequest()
    others.CopyFrom(request)
    others.ClearField("object")
    return json_format.MessageToDict(others, preserving_proto_field_name=True)


def _serialized(properties: Any) -> Any:
    """The properties as a message: values alone, for which the SDK's coroutine never has to wait."""
    running = cast("Coroutine[Any, Any, Any]", rpc.serialize_properties(properties, {}))
    try:
        running.send(None)
    except StopIteration as ended:
        return ended.value
    running.close()
    raise AssertionError(f"mocks answer with plain values, not with {properties!r}")


def _plain(value: Any) -> Any:
    if isinstance(value, Unknown):
        return UNKNOWN
    if rpc.is_rpc_secret(value):
        return _plain(rpc.unwrap_rpc_secret(value))
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_plain(member) for member in cast("list[Any]", value)]
    return value


class AwsShapes(mocks.Mocks):
    """Answers with ids and ARNs shaped as AWS's. In a preview, nothing that AWS assigns is known."""

    def __init__(self, *, preview: bool) -> None:
        self._preview = preview

    def call(self, args: mocks.MockCallArgs) -> Any:
        """The three invokes that the components use."""
        answers: dict[str, dict[str, Any]] = {
            "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT_ID, "id": ACCOUNT_ID},
            "aws:index/getRegion:getRegion": {"region": REGION, "id": REGION},
            "aws:index/getPartition:getPartition": {"partition": PARTITION, "id": PARTITION},
        }
        return answers[args.token]

    def new_resource(self, args: mocks.MockResourceArgs) -> Any:
        """The inputs, with what AWS adds to them."""
        inputs = cast("dict[str, Any]", args.inputs)
        if self._preview or not args.custom:
            return "", dict(inputs)
        name = str(inputs.get("name") or f"{args.name}-1a2b3c4")
        assigned = _assigned(args.typ, name, inputs)
        return assigned.pop("id", f"id-of-{args.name}"), {**inputs, "name": name, **assigned}


def _assigned(type_: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What AWS assigns to a new resource of the type."""
    lambda_arn = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{name}"
    invocations = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions"
    function_arn = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{inputs.get('functionName')}"
    secret_arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:{name}-AbCdEf"
    api = inputs.get("restApi", "abc123defg")
    assigned: dict[str, dict[str, Any]] = {
        "aws:cognito/userPool:UserPool": {
            "arn": f"arn:aws:cognito-idp:{REGION}:{ACCOUNT_ID}:userpool/{REGION}_Example01",
            "endpoint": f"cognito-idp.{REGION}.amazonaws.com/{REGION}_Example01",
            "id": f"{REGION}_Example01",
        },
        "aws:ecr/repository:Repository": {
            "arn": f"arn:aws:ecr:{REGION}:{ACCOUNT_ID}:repository/{name}",
            "id": name,
            "repositoryUrl": f"{ACCOUNT_ID}.dkr.ecr.{REGION}.amazonaws.com/{name}",
        },
        "aws:lambda/invocation:Invocation": {"result": json.dumps({"client_id": "appclient1"})},
        "aws:wafv2/webAcl:WebAcl": {"arn": f"arn:aws:wafv2:{REGION}:{ACCOUNT_ID}:regional/webacl/{name}/1a2b3c4d"},
        "aws:dynamodb/table:Table": {"arn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{name}", "id": name},
        "aws:iam/role:Role": {"arn": f"arn:aws:iam::{ACCOUNT_ID}:role/{name}", "id": name},
        "aws:s3/bucket:Bucket": {"arn": f"arn:aws:s3:::{name}", "id": name, "bucket": name},
        "aws:s3/bucketObjectv2:BucketObjectv2": {"versionId": "3sL4kqtJlcpXroDTDmJ-rmSpXd3dIbrHY"},
        "aws:apigateway/domainName:DomainName": {
            "regionalDomainName": f"d-abc123defg.execute-api.{REGION}.amazonaws.com",
            "regionalZoneId": "Z0ZONEOFREGION",
        },
        "aws:acm/certificate:Certificate": {
            "arn": f"arn:aws:acm:{REGION}:{ACCOUNT_ID}:certificate/of-{name}",
            "domainValidationOptions": [
                {
                    "domainName": inputs.get("domainName"),
                    "resourceRecordName": f"_proof.{inputs.get('domainName')}.",
                    "resourceRecordType": "CNAME",
                    "resourceRecordValue": "_proof.acm-validations.aws.",
                }
            ],
        },
        "aws:route53/record:Record": {"fqdn": str(inputs.get("name", "")).removesuffix(".")},
        "aws:cloudwatch/logGroup:LogGroup": {"arn": f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:{name}", "id": name},
        "aws:lambda/function:Function": {
            "arn": lambda_arn,
            "id": name,
            "version": "1",
            "invokeArn": f"{invocations}/{lambda_arn}/invocations",
        },
        "aws:lambda/layerVersion:LayerVersion": {
            "arn": f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:layer:{inputs.get('layerName')}:1",
            "layerArn": f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:layer:{inputs.get('layerName')}",
            "version": "1",
        },
        "aws:lambda/alias:Alias": {
            "arn": f"{function_arn}:{name}",
            "invokeArn": f"{invocations}/{function_arn}:{name}/invocations",
        },
        "aws:secretsmanager/secret:Secret": {"arn": secret_arn, "id": secret_arn},
        "aws:apigateway/restApi:RestApi": {
            "id": "abc123defg",
            "rootResourceId": "root123456",
            "executionArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT_ID}:abc123defg",
        },
        "aws:apigateway/stage:Stage": {
            "invokeUrl": f"https://{api}.execute-api.{REGION}.amazonaws.com/{inputs.get('stageName')}"
        },
    }
    return dict(assigned.get(type_, {}))


def deploy(build: Callable[[], object], *, preview: bool = False, settings: Mapping[str, Any] | None = None) -> Stack:
    """Runs `build` as a Pulumi program and returns what it registered, when all of it has run.

    `settings` are the stack's, values as in its YAML file. Raises what the program raises. Every call has mocks,
    settings and an event loop of its own, in a context of its own, and leaves none behind.
    """
    return contextvars.copy_context().run(_deploy, build, preview, settings or {})


def _deploy(build: Callable[[], object], preview: bool, settings: Mapping[str, Any]) -> Stack:
    results: list[object] = []

    def program() -> None:
        results.append(build())

    with _own_event_loop():
        implementation = AwsShapes(preview=preview)
        monitor = RecordingMonitor(implementation, preview=preview)
        mocks.set_mocks(implementation, preview=preview, monitor=monitor, project="gatehouse", stack="test")
        set_all_config({key: as_text(value) for key, value in settings.items()})
        cast("Any", mocks).test(program)()
    return Stack(registrations=list(monitor.registrations.values()), result=results[0])


def as_text(value: Any) -> str:
    """A setting as the engine hands it to the program: text as it is, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


class OneThread(asyncio.SelectorEventLoop):
    """An event loop that runs at once what is meant for another thread, and knows its own tasks.

    Mocks keep nobody waiting: threads that hand each other every resource took a tenth of the time of a program. And
    `asyncio` looks for the tasks of a loop among those of all loops, ten thousands where many programs have run.
    """

    def __init__(self) -> None:
        super().__init__()
        self._made: list[asyncio.Task[Any]] = []

    def create_task(self, *args: Any, **named: Any) -> asyncio.Task[Any]:
        """Called for everything that an output is computed by."""
        task = super().create_task(*args, **named)
        self._made.append(task)
        return task

    def unfinished(self) -> list[asyncio.Task[Any]]:
        """The tasks that have not ended."""
        return [task for task in self._made if not task.done()]

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Called by the SDK for every message to the engine."""
        answered = self.create_future()
        try:
            answered.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - whoever waits for the answer gets it
            answered.set_exception(error)
        return answered


def _already_raised(_loop: asyncio.AbstractEventLoop, _about: dict[str, Any]) -> None:
    """For outputs of a program whose error has been raised."""


@contextlib.contextmanager
def _own_event_loop() -> Generator[None]:
    """An event loop for the program, closed in the end. Only a program that fails leaves something unfinished.

    The caller of such a program gets the error. Every output that needed what failed has the same one, and would print
    it with its whole stack of calls once more: hundreds of pages.
    """
    loop = OneThread()
    asyncio.set_event_loop(loop)
    try:
        yield
    except BaseException:
        unfinished = loop.unfinished()
        for task in unfinished:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*unfinished, return_exceptions=True))
        loop.set_exception_handler(_already_raised)
        raise
    finally:
        asyncio.set_event_loop(None)
        loop.close()
