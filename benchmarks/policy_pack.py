"""The policy pack on an API of many routes: beside an empty pack in the real engine, and beside checkov on a plan.

The empty pack is this one's own server without a rule: what the engine, its language host and gRPC cost for each
resource is in both, so the difference is the rules' alone. The provider is one that records, because a real one would
hide that difference behind calls to AWS. It deliberately measures no update: what it adds is the cloud's time.
"""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from benchmarks.locked_packages import locked_packages
from benchmarks.measure import Row, median_ratio
from benchmarks.policy_pack_stacks import declared, plan, program
from guardrails.analyzer.server import look_for_garbage_seldom
from guardrails.analyzer.servicer import Analyzer
from guardrails.catalogue import ALL_RULES, prepare
from sandbox.engine.workspace import PulumiWorkspace
from tests.policy.judging import NO_CONTEXT, analyze_request, analyze_stack_request
from tests.policy.recording_provider import recording_provider
from tests.support.engine import program_workspace

POLICY = Path(__file__).resolve().parents[1] / "policy"
CHECKOV_LOCK = Path(__file__).resolve().parent / "checkov" / "requirements.txt"
ROUTES = 500
FEW, MANY = 100, 2_000
ROUNDS = 5
STARTS = 7
JUDGEMENTS = 5
SCANS = 2
PREVIEW_RATIO = 1.1
GROWTH_RATIO = 1.2
START_SECONDS = 1.5
TIMEOUT_SECONDS = 600.0

_EMPTY_PACK = f"""
import sys

sys.path.insert(0, {str(POLICY)!r})
from guardrails.analyzer.server import serve

serve((), lambda: None)
"""


def run(progress: Callable[[str], None]) -> list[Row]:
    """Previews, start-ups, judgements without the engine, and checkov. Raises RuntimeError where one of them fails."""
    return [*_previews(progress), *_starts(progress), *_judgements(progress)]


def _previews(progress: Callable[[str], None]) -> list[Row]:
    seconds: dict[str, list[float]] = {"empty": [], "full": []}
    with tempfile.TemporaryDirectory(prefix="gatehouse-benchmark-") as scratch, recording_provider() as provider:
        packs = {"empty": _empty_pack(Path(scratch) / "empty"), "full": POLICY}
        workspace = program_workspace(
            Path(scratch), program(ROUTES), configuration={"aws:region": "eu-west-1"}, provider_port=provider.port
        )
        for turn in range(ROUNDS + 1):
            progress(f"previews of {ROUTES} routes, {turn} of {ROUNDS}" if turn else "previews, to warm up")
            for name, pack in packs.items():
                sample = _preview(workspace, pack)
                if turn:
                    seconds[name].append(sample)
    ratio = median_ratio(seconds["full"], seconds["empty"])
    return [
        Row(what=f"preview of {ROUTES} new routes, empty pack", median=statistics.median(seconds["empty"]), unit="s"),
        Row(
            what=f"preview of {ROUTES} new routes, all {len(ALL_RULES)} rules",
            median=statistics.median(seconds["full"]),
            unit="s",
            against="empty pack",
            ratio=ratio,
            target=f"<= {PREVIEW_RATIO} x",
            reached=ratio <= PREVIEW_RATIO,
        ),
    ]


def _preview(workspace: PulumiWorkspace, pack: Path) -> float:
    started = time.perf_counter()
    result = workspace.complete("preview", "--policy-pack", str(pack), timeout_seconds=TIMEOUT_SECONDS)
    elapsed = time.perf_counter() - started
    if result.exit_code:
        raise RuntimeError(f"the preview with {pack} failed:\n{result.output[-4_000:]}")
    return elapsed


def _empty_pack(folder: Path) -> Path:
    folder.mkdir()
    (folder / "PulumiPolicy.yaml").write_text("name: empty\nruntime: python\nversion: 0.0.1\n")
    (folder / "__main__.py").write_text(_EMPTY_PACK)
    return folder


def _starts(progress: Callable[[str], None]) -> list[Row]:
    progress("starts of the pack")
    samples = [_start() for _ in range(STARTS + 1)][1:]
    median = statistics.median(samples)
    return [
        Row(
            what="pack start-up, to its answer to GetAnalyzerInfo",
            median=median,
            unit="s",
            target=f"< {START_SECONDS} s",
            reached=median < START_SECONDS,
        )
    ]


def _start() -> float:
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:9", str(POLICY)],
        cwd=POLICY,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if process.stdout is None:
            raise RuntimeError("no output")
        with grpc.insecure_channel(f"127.0.0.1:{process.stdout.readline().strip()}") as channel:
            information = analyzer_pb2_grpc.AnalyzerStub(channel).GetAnalyzerInfo(empty_pb2.Empty(), timeout=60)
        elapsed = time.perf_counter() - started
    finally:
        process.kill()
        process.communicate()
    if len(information.policies) != len(ALL_RULES) + 1:  # and what exemptions are configured under
        raise RuntimeError("the pack does not serve all rules")
    return elapsed


def _judgements(progress: Callable[[str], None]) -> list[Row]:
    progress(f"judgements of {FEW} and {MANY} routes")
    samples: dict[int, list[float]] = {FEW: [], MANY: []}
    for turn in range(JUDGEMENTS + 1):
        for routes, times in samples.items():
            microseconds = _judge(routes)
            if turn:
                times.append(microseconds)
    growth = median_ratio(samples[MANY], samples[FEW])
    few, many = (
        Row(
            what=f"judging {routes} new routes, per resource (processor time, without the engine)",
            median=statistics.median(samples[routes]),
            unit="us",
        )
        for routes in (FEW, MANY)
    )
    return [
        few,
        Row(
            what=many.what,
            median=many.median,
            unit=many.unit,
            against=f"{FEW} routes",
            ratio=growth,
            target=f"<= {GROWTH_RATIO} x",
            reached=growth <= GROWTH_RATIO,
        ),
        *_beside_checkov(progress),
    ]


def _judge(routes: int) -> float:
    """Microseconds of processor time per resource: every call that the engine makes, from message to message."""
    prepare()
    look_for_garbage_seldom()  # as the pack's process does before the first resource comes
    resources = declared(routes)
    requests = [analyze_request(one) for one in resources]
    stack = analyze_stack_request(resources)
    analyzer = Analyzer(ALL_RULES)
    analyzer.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(dry_run=True), NO_CONTEXT)
    started = time.thread_time_ns()
    for request in requests:
        analyzer.Remediate(request, NO_CONTEXT)
        analyzer.Analyze(request, NO_CONTEXT)
    analyzer.AnalyzeStack(stack, NO_CONTEXT)
    return (time.thread_time_ns() - started) / len(resources) / 1_000


def _beside_checkov(progress: Callable[[str], None]) -> Iterable[Row]:
    progress("checkov, its packages")
    packages = locked_packages(CHECKOV_LOCK, compiled=True)
    ours: list[float] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory(prefix="gatehouse-benchmark-") as scratch:
        file = Path(scratch) / "plan.json"
        file.write_text(json.dumps(plan(ROUTES)))
        for turn in range(1, SCANS + 1):
            progress(f"checkov on a plan of {ROUTES} routes, {turn} of {SCANS}")
            ours.append(_processor_seconds([sys.executable, "-m", __name__], os.environ))
            theirs.append(_checkov(packages, file))
    ratio = median_ratio(ours, theirs)
    return [
        Row(
            what=f"checkov on a Terraform plan of the same {ROUTES} routes (a process, processor time)",
            median=statistics.median(theirs),
            unit="s",
        ),
        Row(
            what=f"this pack on the engine's messages of {ROUTES} routes (a process, processor time)",
            median=statistics.median(ours),
            unit="s",
            against="checkov",
            ratio=ratio,
        ),
    ]


def _checkov(packages: Path, file: Path) -> float:
    # Without its platform, without guidelines from the network; it exits with 1 where it has findings.
    command = [sys.executable, "-m", "checkov.main", "-f", str(file), "--framework", "terraform_plan"]
    command += ["--compact", "--quiet", "--skip-download", "-o", "json"]
    environment = {**os.environ, "PYTHONPATH": str(packages), "BC_SKIP_MAPPING": "TRUE"}
    return _processor_seconds(command, environment, accepted=(0, 1))


def _processor_seconds(command: list[str], environment: Mapping[str, str], accepted: tuple[int, ...] = (0,)) -> float:
    before = os.times()
    ended = subprocess.run(
        command,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    after = os.times()
    if ended.returncode not in accepted:
        raise RuntimeError(f"{command} ended with {ended.returncode}:\n{ended.stderr[-4_000:]}")
    return after.children_user + after.children_system - before.children_user - before.children_system


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        _judge(ROUTES)
