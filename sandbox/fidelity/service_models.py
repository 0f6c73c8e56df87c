"""No gap: what the emulator asks AWS's service models is read once, and without the SDK.

For the content type of its answers the emulator makes a new session of the SDK for each service and builds the whole
model, though it needs two words of it; for authorization it reads the same file again up to three times. That was 0.25
seconds of the first answer and 0.06 of the first one of each other service.

Deliberately the same answers: whoever wants more of a model than its metadata gets the SDK's own.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from sandbox.fidelity.emulator import emulator_module, mapping
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

actions = emulator_module("core.iam_actions")
responses = emulator_module("core.responses")

# What a service's first call asks, it asks at once; a few more for those that have two models.
KEPT_DOCUMENTS = 4


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps."""
    del settings
    wrap(actions, "_load_botocore_model", ("botocore_service",), lru_cache(KEPT_DOCUMENTS), by=__name__)
    wrap(responses, "_service_model", ("service",), _with_metadata_only, by=__name__)


class ServiceModel:
    """Stands for the SDK's class of the same name, which it becomes when more than the metadata is wanted."""

    def __init__(self, metadata: dict[str, Any], whole: Callable[[], Any]) -> None:
        self.metadata = metadata
        self._whole = whole

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole(), name)


def _with_metadata_only(original: Callable[[str], Any]) -> Callable[[str], ServiceModel | None]:
    @cache
    def service_model(service: str) -> ServiceModel | None:
        document = actions._load_botocore_model(responses._BOTOCORE_NAME.get(service, service))
        return ServiceModel(mapping(document.get("metadata")), lambda: original(service)) if document else None

    return service_model
