"""What is read of AWS's service models is what the SDK reads of them."""

from functools import lru_cache

import pytest

from sandbox.fidelity.emulator import emulator_module
from sandbox.fidelity.service_models import ServiceModel, _with_metadata_only

responses = emulator_module("core.responses")


@pytest.mark.parametrize("service", ["apigateway", "dynamodb", "iam", "monitoring", "s3", "secretsmanager", "states"])
def test_the_metadata_and_the_rest_are_those_of_the_sdk(service: str) -> None:
    model, whole = _with_metadata_only(responses._service_model)(service), responses._service_model(service)
    assert isinstance(model, ServiceModel)
    assert (model.metadata, model.service_name) == (whole.metadata, whole.service_name)
    assert model.operation_names == whole.operation_names


def test_a_service_without_a_model_has_none() -> None:
    assert responses._service_model("no-such-service") is None
    assert _with_metadata_only(responses._service_model)("no-such-service") is None


def test_the_sdk_is_asked_only_for_what_is_not_metadata() -> None:
    asked: list[str] = []
    model = _with_metadata_only(lru_cache(asked.append))("sts")
    assert model is not None
    assert model.metadata["protocol"] == "query"
    assert asked == []
    with pytest.raises(AttributeError):
        _ = model.operation_names
    assert asked == ["sts"]
