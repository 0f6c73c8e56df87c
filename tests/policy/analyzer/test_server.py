"""The process that the engine starts: its port, whole stacks as one message, and what it cannot start without."""

import gc
import threading

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from guardrails.analyzer import server
from guardrails.analyzer.servicer import Analyzer
from tests.policy.analyzer.small_pack import BOX, RULES
from tests.policy.judging import NO_CONTEXT, analyze_stack_request

ENGINE_OPTIONS = (("grpc.max_send_message_length", 400 * 1024 * 1024),)


def test_every_call_of_the_protocol_is_answered() -> None:
    running, port = server.start(Analyzer(RULES))
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = analyzer_pb2_grpc.AnalyzerStub(channel)
            stub.Handshake(analyzer_pb2.AnalyzerHandshakeRequest(engine_address="127.0.0.1:1"), timeout=60)
            stub.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(dry_run=True), timeout=60)
            assert stub.GetPluginInfo(empty_pb2.Empty(), timeout=60).version
            assert len(stub.GetAnalyzerInfo(empty_pb2.Empty(), timeout=60).policies) == len(RULES) + 1
            assert stub.Remediate(analyzer_pb2.AnalyzeRequest(type=BOX.type), timeout=60).remediations == []
            stub.Cancel(empty_pb2.Empty(), timeout=60)
    finally:
        running.stop(grace=None).wait()


def test_a_refused_configuration_is_an_error_of_the_call_that_says_why() -> None:
    running, port = server.start(Analyzer(RULES))
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = analyzer_pb2_grpc.AnalyzerStub(channel)
            request = analyzer_pb2.ConfigureAnalyzerRequest()
            request.policyConfig["no-such-rule"].enforcementLevel = analyzer_pb2.MANDATORY
            with pytest.raises(grpc.RpcError) as refused:
                stub.Configure(request, timeout=60)
            assert "no-such-rule: there is no rule of this name" in str(refused.value)
    finally:
        running.stop(grace=None).wait()


def test_a_stack_of_many_megabytes_is_one_message() -> None:
    large = BOX.with_property("colour", "x" * 8_000_000)
    running, port = server.start(Analyzer(RULES))
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}", options=ENGINE_OPTIONS) as channel:
            stub = analyzer_pb2_grpc.AnalyzerStub(channel)
            assert stub.AnalyzeStack(analyze_stack_request([large]), timeout=60).diagnostics == []
    finally:
        running.stop(grace=None).wait()


def test_a_missing_library_stops_the_pack_before_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"needs detect_secrets and jsonschema: pip install -r requirements\.txt"):
        server.serve(RULES, lambda: None)


def test_what_the_first_judgement_would_wait_for_is_done_when_the_engine_has_configured_the_pack() -> None:
    usual, analyzer, prepared = gc.get_threshold(), Analyzer(RULES), threading.Event()
    waiting = threading.Thread(target=server._when_configured, args=(analyzer, prepared.set), daemon=True)
    waiting.start()
    assert not prepared.is_set()
    analyzer.Configure(analyzer_pb2.ConfigureAnalyzerRequest(), NO_CONTEXT)
    try:
        waiting.join(timeout=60)
        assert prepared.is_set()
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold() == (server._OBJECTS_BEFORE_A_SEARCH, 50, 50)
    finally:  # both belong to the pack's process, not to that of the tests
        gc.unfreeze()
        gc.set_threshold(*usual)
