"""The program of a stack with all systems, recorded once for all tests here.

The SDK is used as the language host uses it: below pytest, to look at the files of all calls that led to a resource,
and for its name at outputs, took half of the time.
"""

from typing import Any

import pytest

from delivery.build_contexts import zip_program
from delivery.recorded_program import Recorded
from sandbox.engine.language_host.program import change_sdk
from tests.components.partner_stack import partner_settings
from tests.components.stack_settings import sandbox_settings

change_sdk()


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Every system on, images, and no layer of AWS's."""
    images = {
        "packaging": "image",
        "imageRepositoryPrefix": "111122223333.dkr.ecr.ap-southeast-3.amazonaws.com/gatehouse",
        "imageTag": "0f8fad5bd9cb469fa16570867728950e0a1b2c3d",
        "secretsExtensionLayerArn": "",
        "partnerRequestsPerFiveMinutes": 100,
    }
    return sandbox_settings(**partner_settings(tmp_path_factory.mktemp("partner")), **images)


@pytest.fixture(scope="session")
def program(settings: dict[str, Any]) -> list[Recorded]:
    return zip_program(settings, "test")
