"""The README's commands, from a clean checkout."""

import json
import re
import subprocess

import pytest

from benchmarks.registry import BENCHMARKS
from sandbox.commands.session import Session
from tests.support.checkout import COMMAND_SECONDS, Checkout, environment

pytestmark = pytest.mark.timeout(900)


def test_a_second_up_changes_nothing_and_prints_routes_guards_and_calls_that_work(
    checkout: Checkout,
) -> None:
    printed = checkout.make("up").stdout  # again: the stack is deployed already

    assert re.search(r"^Resources: \d+ unchanged, 0 changes\.$", printed, re.MULTILINE), printed
    route = re.search(r"^hello-api +(\S+/hello) +GET /hello +lambda-authorizer$", printed, re.MULTILINE)
    assert route is not None, printed
    at_its_domain = (
        r"^partner-api +https://partners\.example\.com:\d+/health +GET /health +client-certificate-authorizer$"
    )
    assert re.search(at_its_domain, printed, re.MULTILINE), printed
    answers = {
        command: subprocess.run(  # noqa: S602 - a person pastes them into a shell too
            command,
            shell=True,
            cwd=checkout.root,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_SECONDS,
        ).stdout
        for command in re.findall(r"^  ((?:curl|openssl|\.venv/bin/python) .+)$", printed, re.MULTILINE)
    }
    statuses = [re.findall(r"^HTTP/[\d.]+ (\d+)", answer) for command, answer in answers.items() if " -i " in command]
    # Of every API without and with a token; the last one shakes hands with nobody who has no certificate.
    assert statuses == [["401"], ["200"]] * 3 + [[]] + [["200"]] * 3, answers
    invoked = [answer for command, answer in answers.items() if "/invocations" in command]
    assert [json.loads(answer) for answer in invoked] == [{"statusCode": 200, "body": "Hello, world!"}]


def test_preview_names_the_policy_pack_and_of_a_new_plugin_file_its_function_alone(
    checkout: Checkout,
) -> None:
    plugin = checkout.root / "functions" / "chains" / "hello" / "02_say_more.py"
    plugin.write_text("def validate(auth_context):\n    return True\n", encoding="utf-8")
    try:
        preview = checkout.make("preview")
    finally:
        plugin.unlink()

    assert preview.returncode == 0, preview.stdout
    assert re.search(r"✅ gatehouse@", preview.stdout), preview.stdout
    summary = re.search(r"^Resources:\n((?: +.*\n)+)", preview.stdout, re.MULTILINE)
    assert summary is not None, preview.stdout
    updated, unchanged = summary[1].splitlines()
    assert updated.split() == ["~", "1", "to", "update"]
    assert re.fullmatch(r" +\d+ unchanged", unchanged)
    assert re.search(r"^ ~ +aws:lambda:Function lambda-authorizer update ", preview.stdout, re.MULTILINE), (
        preview.stdout
    )


@pytest.fixture(scope="module")
def tour(checkout: Checkout) -> subprocess.CompletedProcess[str]:
    """The tour of everything that is deployed."""
    return checkout.make("tour")


def test_the_tour_passes_and_ends_with_its_count(tour: subprocess.CompletedProcess[str]) -> None:
    assert tour.returncode == 0, tour.stdout
    assert re.fullmatch(r"\d{2,} passed, 0 failed", tour.stdout.splitlines()[-1])


def test_the_tour_shows_for_which_reason_and_by_which_plugin_a_call_was_denied(
    tour: subprocess.CompletedProcess[str],
) -> None:
    denials = set(re.findall(r"^ok .* received: (40[13]) .* \((.+)\)$", tour.stdout, re.MULTILINE))
    hello = {"token_expired", "invalid_signature", "unsupported_algorithm"}
    workload = {"malformed_spiffe_id", "wrong_trust_domain", "wrong_audience"}
    assert {
        *(("401", f"{reason} by 01_verify_jwt") for reason in hello),
        *(("401", f"{reason} by 01_verify_jwt_svid") for reason in workload),
        ("401", "no authorizer asked"),
        ("401", "malformed_token by 01_verify_tenant_token"),
        ("401", "admin_key_unknown by 01_check_admin_key"),
        ("401", "binding_mismatch by 01_verify_bound_token"),
        ("403", "client_suspended by 01_check_certificate"),
        ("403", "certificate_revoked by 01_verify_bound_token"),
        ("403", "route_not_permitted"),
    } <= denials


def test_a_tour_of_an_unknown_system_names_the_known_ones(checkout: Checkout) -> None:
    tour = checkout.make("tour", "SYSTEM=nothing")

    assert tour.returncode != 0
    assert "hello" in tour.stdout
    assert "Traceback" not in tour.stdout


def test_status_shows_the_endpoint_and_what_is_deployed(checkout: Checkout, session: Session) -> None:
    status = checkout.make("status")

    assert status.returncode == 0, status.stdout
    assert session.endpoints.emulator_url in status.stdout
    assert "lambda-authorizer" in status.stdout
    domain = r"^domain partners\.example\.com \(mutual TLS\): https://partners\.example\.com:(\d+) at 127\.0\.0\.1:\1$"
    assert re.search(domain, status.stdout, re.MULTILINE), status.stdout
    assert re.search(r"^  truststore: s3://\S+, version \S+$", status.stdout, re.MULTILINE), status.stdout


@pytest.mark.usefixtures("tour")
def test_logs_shows_the_sandbox_and_every_function(checkout: Checkout) -> None:
    logs = checkout.make("logs")

    assert logs.returncode == 0, logs.stdout
    assert "== .sandbox/sandbox.log" in logs.stdout
    for function in ("hello-world", "lambda-authorizer", "apigw-invoker"):
        assert f"== /aws/lambda/{function} " in logs.stdout
    assert '"reason":"invalid_signature"' in logs.stdout


def test_bench_finds_every_benchmark(checkout: Checkout) -> None:
    listed = checkout.make("bench", "BENCHMARKS=--list")

    assert listed.returncode == 0, listed.stdout
    assert re.findall(r"^(\w+): \S", listed.stdout, re.MULTILINE) == list(BENCHMARKS)
    modules = (checkout.root / "benchmarks").glob("*.py")
    runnable = {f"benchmarks.{path.stem}" for path in modules if "\ndef run(progress" in path.read_text("utf-8")}
    assert runnable == set(BENCHMARKS.values())
