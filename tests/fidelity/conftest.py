"""Two processes for all of these tests: one as it is, and one without the modules, which shows each gap."""

from collections.abc import Iterator

import pytest

from sandbox.fidelity.cloudwatch import CLOUDWATCH_MODULES
from sandbox.fidelity.cognito import COGNITO_MODULES
from sandbox.fidelity.dynamodb import DYNAMODB_MODULES
from sandbox.fidelity.iam import IAM_MODULES
from tests.support.sandbox import RunningSandbox, running_sandbox

MODULES = (
    "lambda_python",
    "lambda_extensions",
    "log_group_keys",
    "log_pages",
    "log_permissions",
    "secret_versions",
    "secret_rotation",
    "secrets_extension",
    "unsupported_services",
    "web_acls",
    *COGNITO_MODULES,
    *IAM_MODULES,
    *CLOUDWATCH_MODULES,
    *DYNAMODB_MODULES,
)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """A sandbox with every fidelity module."""
    with running_sandbox(tmp_path_factory.mktemp("whole")) as running:
        yield running


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """A sandbox without the modules that are tested here."""
    with running_sandbox(tmp_path_factory.mktemp("bare"), leave_out=MODULES) as running:
        yield running
