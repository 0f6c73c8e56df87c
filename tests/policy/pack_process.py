"""Runs a policy pack the way a language host does: a process of its own, in its own folder, spoken to over gRPC."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from tests.policy.judging import Declared

POLICY_FOLDER = Path(__file__).resolve().parents[2] / "policy"


class RunningPack:
    """A started pack."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._analyzer: Any = analyzer_pb2_grpc.AnalyzerStub(channel)

    def information(self) -> analyzer_pb2.AnalyzerInfo:
        return self._analyzer.GetAnalyzerInfo(empty_pb2.Empty(), timeout=60)

    def analyze(self, declared: Declared) -> analyzer_pb2.AnalyzeResponse:
        return self._analyzer.Analyze(analyze_request(declared), timeout=60)

    def analyze_stack(self, *declared: Declared) -> analyzer_pb2.AnalyzeResponse:
        urns = {one.name: one.urn for one in declared}
        resources = [
            analyzer_pb2.AnalyzerResource(
                type=one.type,
                name=one.name,
                urn=one.urn,
                properties=_struct(one),
                propertyDependencies={
                    name: analyzer_pb2.AnalyzerPropertyDependencies(urns=[urns[source] for source in sources])
                    for name, sources in one.sources.items()
                },
            )
            for one in declared
        ]
        return self._analyzer.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=resources), timeout=60)


def analyze_request(declared: Declared) -> analyzer_pb2.AnalyzeRequest:
    """What the engine asks about one resource."""
    return analyzer_pb2.AnalyzeRequest(
        type=declared.type, name=declared.name, urn=declared.urn, properties=_struct(declared)
    )


@contextlib.contextmanager
def running_pack(folder: Path) -> Generator[RunningPack]:
    """The pack in `folder`, with nothing of this project importable beside it; ended with the test."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PULUMI"))}
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:9", str(folder)],
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


def _struct(declared: Declared) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(declared.properties)
    return struct
