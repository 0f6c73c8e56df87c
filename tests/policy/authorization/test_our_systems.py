"""The program's own systems and the example pass the whole authorization family, with nothing configured."""

import runpy
from dataclasses import replace

import pytest

from components.program import build
from components.settings import read_settings
from guardrails import authorization, cognito, data, least_privilege, limits, logs, runtimes, transport, waf
from guardrails.resources import Stack
from guardrails.rules import Level, Undecided, Violation
from tests.components.partner_stack import partner_settings
from tests.components.stack_settings import ROOT, sandbox_settings
from tests.policy.registered import findings, judged_stack
from tests.support.mocks import deploy

FURTHER = (transport, data, least_privilege, logs, limits, runtimes, cognito, waf)
LEFT_OUT = {
    "apigateway-method-body-validation": "the functions check bodies, and answer in the API's own form",
    "apigateway-stage-web-acl": "whether a web ACL is paid for is the operator's decision",
    "cognito-user-pool-deletion-protection": "a sandbox's pool goes with the sandbox, by a setting",
    "cognito-user-pool-web-acl": "an option of the component",
    "dynamodb-table-deletion-protection": "a sandbox's tables go with the sandbox, by a setting",
}
EXAMPLE = ROOT / "examples" / "orders_api"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    settings = sandbox_settings(**partner_settings(tmp_path_factory.mktemp("partner")))
    return judged_stack(deploy(lambda: build(read_settings()), settings=settings, preview=True))


def test_every_system_is_in_it(program: Stack) -> None:
    apis = {api.name for api in program.of_type("aws:apigateway/restApi:RestApi")}
    assert apis == {"hello-api", "tenant-api", "workload-api", "partner-api"}
    assert program.of_type("aws:apigateway/domainName:DomainName")


def test_the_preview_of_a_new_stack_has_no_violation(program: Stack) -> None:
    found = [finding for finding in findings(authorization.RULES, program) if isinstance(finding, Violation)]
    assert [(one.resource.label, one.problem) for one in found] == []


def test_the_further_families_find_nothing_but_advice_that_is_left_out_on_purpose(program: Stack) -> None:
    found = {
        (rule.metadata.name, rule.metadata.level)
        for family in FURTHER
        for rule in family.RULES
        for finding in findings([rule], program)
        if isinstance(finding, Violation)
    }
    assert found == {(name, Level.ADVISORY) for name in LEFT_OUT}


def test_only_what_aws_assigns_waits_for_the_update(program: Stack) -> None:
    found = [finding for finding in findings(authorization.RULES, program) if isinstance(finding, Undecided)]
    waiting = {(one.resource.type, *one.properties) for one in found}
    assert waiting <= {
        ("aws:lambda/permission:Permission", "sourceArn"),
        ("aws:apigateway/domainName:DomainName", "mutualTlsAuthentication.truststoreUri"),
        ("aws:apigateway/domainName:DomainName", "mutualTlsAuthentication.truststoreVersion"),
    }


def test_the_example_passes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLE)
    settings = {"gatehouse:manageApiGatewayAccount": True}
    example = deploy(lambda: runpy.run_path("__main__.py", run_name="__main__"), settings=settings, preview=True)
    stack = judged_stack(example)
    further = [
        finding.resource.label
        for family in FURTHER
        for rule in family.RULES
        for finding in findings([rule], stack)
        if isinstance(finding, Violation) and rule.metadata.name not in LEFT_OUT
    ]
    assert further == []
    assert stack.of_type("aws:apigateway/method:Method")
    assert not [one for one in findings(authorization.RULES, stack) if isinstance(one, Violation)]


def test_a_deployment_that_nothing_orders_would_be_seen(program: Stack) -> None:
    deployments = "aws:apigateway/deployment:Deployment"
    unordered = Stack(
        resources=tuple(
            replace(one, dependencies=frozenset()) if one.type == deployments else one for one in program.resources
        )
    )
    found = {one.resource.type for one in findings(authorization.RULES, unordered) if isinstance(one, Violation)}
    assert found == {deployments}
