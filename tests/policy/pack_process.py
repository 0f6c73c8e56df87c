"""Runs a policy pack the way a language host does: a process of its own, in its own folder, spoken to over gRPC."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from tests.policy.judging import Declared, analyze_request, analyze_stack_request

POLICY_FOLDER = Path(__file__).resolve().parents[2] / "policy"


class RunningPack:
    """A started pack that judges a preview."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._analyzer: Any = analyzer_pb2_grpc.AnalyzerStub(channel)
        self._analyzer.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(dry_run=True), timeout=60)

    def information(self) -> analyzer_pb2.AnalyzerInfo:
        return self._analyzer.GetAnalyzerInfo(empty_pb2.Empty(), timeout=60)

    def analyze(self, declared: Declared) -> analyzer_pb2.AnalyzeResponse:
        return self._analyzer.Analyze(analyze_request(declared), timeout=60)

    def analyze_stack(self, *declared: Declared) -> analyzer_pb2.AnalyzeResponse:
        return self._analyzer.AnalyzeStack(analyze_stack_request(declared), timeout=60)


@contextlib.contextmanager
def running_pack(folder: Path, interpreter: str = sys.executable) -> Generator[RunningPack]:
    """The pack in `folder`, with nothing of this project importable beside it; ended with the test."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PULUMI"))}
    process = subprocess.Popen(
        [interpreter, "-u", "-m", "pulumi.policy", "127.0.0.1:9", str(folder)],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        port = process.stdout.readline().strip()
        assert port.isdigit(), process.stderr.read()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield RunningPack(channel)
    finally:
        process.kill()
        process.communicate()
