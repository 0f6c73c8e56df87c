"""botocore's model of AWS's services, as the judge of what fakes are called with. botocore calls nobody here."""

import functools
from collections.abc import Mapping
from typing import Any

import botocore.session
from botocore.validate import validate_parameters


@functools.cache
def service_model(service: str) -> Any:
    """The model of a service, such as `secretsmanager`."""
    return botocore.session.get_session().get_service_model(service)


def check_parameters(service: str, operation: str, parameters: Mapping[str, Any]) -> None:
    """Raises `ParamValidationError` for what AWS would not take."""
    validate_parameters(dict(parameters), service_model(service).operation_model(operation).input_shape)
