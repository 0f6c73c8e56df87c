"""Stands in front of a policy pack until the engine has said which stack it will judge, then passes every call on.

The SDK's packs read project, stack and configuration from environment variables, so their process cannot be started
before the engine's `ConfigureStack` call, and the engine cannot make that call before it can reach an `Analyzer`
service. Pulumi's own host solves it the same way (sdk/policy_proxy.go). It deliberately does not look into what it
passes on.

Passing a call on costs more than answering it, and the engine waits for two calls for every resource. A pack that needs
no such variables says so (`plugins.CONFIGURED_BY_CALL`): that one is started at once, and the engine calls it itself.
"""

import json
import threading
from concurrent import futures
from typing import Any, cast

import grpc
from pulumi.runtime.proto import analyzer_pb2

SERVICE = "/pulumirpc.Analyzer/"
MESSAGE_BYTES = 400 * 1024 * 1024
"""The engine's own limit for a message (rpcutil.GrpcChannelOptions)."""
ANSWER_SECONDS = 2.0
CHANNEL_OPTIONS = (("grpc.max_receive_message_length", MESSAGE_BYTES), ("grpc.max_send_message_length", MESSAGE_BYTES))


class PolicyPackFront(grpc.GenericRpcHandler):
    """An `Analyzer` service on a loopback port, in front of one policy pack."""

    def __init__(self) -> None:
        self._configured = threading.Event()
        self._configuration: analyzer_pb2.AnalyzerStackConfigureRequest | None = None
        self._attached = threading.Event()
        self._given_up = False
        self._pack: grpc.Channel | None = None
        self._why_not = "the policy pack did not start; what it printed says why"
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=32), options=CHANNEL_OPTIONS)
        self._server.add_generic_rpc_handlers((self,))
        self.port: int = self._server.add_insecure_port("127.0.0.1:0")

    def __enter__(self) -> "PolicyPackFront":
        self._server.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.give_up()
        # Calls that wait for a pack which did not start still get their answer: it says why.
        self._server.stop(grace=ANSWER_SECONDS).wait()
        if self._pack is not None:
            self._pack.close()

    def give_up(self) -> None:
        """Lets everything that waits go on; the engine no longer wants the pack."""
        self._given_up = True
        self._configured.set()
        self._attached.set()

    def stack_variables(self) -> dict[str, str] | None:
        """Waits until the engine has configured the stack, or asks for anything else; the variables that say it.

        None when the engine gave the pack up meanwhile.
        """
        self._configured.wait()
        if self._given_up:
            return None
        stack = self._configuration
        if stack is None:
            return {}
        variables = {
            "PULUMI_ORGANIZATION": stack.organization,
            "PULUMI_PROJECT": stack.project,
            "PULUMI_STACK": stack.stack,
            "PULUMI_DRY_RUN": "true" if stack.dry_run else "false",
            "PULUMI_CONFIG": json.dumps(dict(stack.config)),
        }
        return {name: value for name, value in variables.items() if value}

    def attach(self, first_line: bytes) -> None:
        """Connects to the pack by the port that it prints first; anything else means that it did not start."""
        if first_line.strip().isdigit():
            self._pack = grpc.insecure_channel(f"127.0.0.1:{int(first_line)}", options=CHANNEL_OPTIONS)
            if self._configuration is not None:
                self._configure_pack(self._pack, self._configuration)
        self._attached.set()

    def _configure_pack(self, pack: grpc.Channel, stack: analyzer_pb2.AnalyzerStackConfigureRequest) -> None:
        configure = cast(Any, pack).unary_unary(SERVICE + "ConfigureStack")
        try:
            configure(stack.SerializeToString(), wait_for_ready=True)
        except grpc.RpcError as error:
            failure = cast(grpc.Call, error)
            if failure.code() is not grpc.StatusCode.UNIMPLEMENTED:  # packs of older SDKs lack it
                self._pack = None
                self._why_not = f"the policy pack did not take the stack's configuration: {failure.details()}"

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[bytes, bytes] | None":
        """The handler of one call, as grpc asks for it."""
        method = handler_call_details.method
        if not method.startswith(SERVICE):
            return None

        def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
            return self._answer(method, request, context)

        return grpc.unary_unary_rpc_method_handler(answer)

    def _answer(self, method: str, request: bytes, context: grpc.ServicerContext) -> bytes:
        if method == SERVICE + "Handshake":
            return analyzer_pb2.AnalyzerHandshakeResponse().SerializeToString()
        if method == SERVICE + "ConfigureStack" and not self._configured.is_set():
            self._configuration = analyzer_pb2.AnalyzerStackConfigureRequest.FromString(request)
            self._configured.set()
            return analyzer_pb2.AnalyzerStackConfigureResponse().SerializeToString()
        self._configured.set()
        self._attached.wait()
        if self._pack is None:
            context.abort(grpc.StatusCode.UNAVAILABLE, self._why_not)
        call = cast(Any, self._pack).unary_unary(method)
        try:
            return call(request, wait_for_ready=True)
        except grpc.RpcError as error:
            failure = cast(grpc.Call, error)
            context.set_trailing_metadata(failure.trailing_metadata() or ())
            context.abort(failure.code(), failure.details() or "")
            raise
