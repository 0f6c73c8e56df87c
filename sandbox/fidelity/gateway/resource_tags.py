"""Gap: tags are kept twice, and the two copies know nothing of each other.

TagResource and UntagResource change what GetTags answers, but not the tags of GetRestApi and GetStage; the tags that
a stage is created with are not in GetTags.

AWS (Amazon API Gateway API reference, RestApi, Stage, GetTags): all of them are the same tags.

The wraps give both places one and the same dictionary. REST APIs and stages only: the sandbox has no other tagged
resources.
"""

import re
from collections.abc import Callable
from typing import Any

from sandbox.fidelity.gateway.documents import child
from sandbox.fidelity.gateway.emulator import GATEWAY, require
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

RESOURCE = re.compile(r"arn:[^:]+:apigateway:[^:]+::/restapis/(?P<api>[^/]+)(?:/stages/(?P<stage>[^/]+))?")
DOMAIN = re.compile(r"arn:[^:]+:apigateway:[^:]+::/domainnames/(?P<domain>[^/]+)")


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps; raises `EmulatorChangedError` when the emulator does not have what they wrap."""
    del settings  # nothing here depends on them
    require(GATEWAY, "_domain_names", "_rest_apis", "_stages_v1", "_v1_tags")
    wrap(GATEWAY, "_tag_v1_resource", ("resource_arn", "data"), _together, by=__name__)
    wrap(GATEWAY, "_untag_v1_resource", ("resource_arn", "tag_keys"), _together, by=__name__)
    wrap(GATEWAY, "_get_v1_tags", ("resource_arn",), _together, by=__name__)


def _together(original: Callable[..., Any]) -> Callable[..., Any]:
    def with_tags(resource_arn: str, *arguments: Any) -> Any:
        record = _record(resource_arn)
        if record is None:
            return original(resource_arn, *arguments)
        # The record has what the resource was created with, and from here on everything.
        GATEWAY._v1_tags[resource_arn] = dict(record.get("tags") or {})
        response = original(resource_arn, *arguments)
        record["tags"] = dict(GATEWAY._v1_tags.get(resource_arn) or {})
        return response

    return with_tags


def _record(resource_arn: str) -> dict[str, Any] | None:
    """The emulator's record of a REST API, stage or custom domain; `None` for all else, and what does not exist."""
    domain = DOMAIN.fullmatch(resource_arn)
    if domain is not None:
        return GATEWAY._domain_names.get(domain["domain"])
    found = RESOURCE.fullmatch(resource_arn)
    if found is None:
        return None
    if found["stage"] is None:
        return GATEWAY._rest_apis.get(found["api"])
    return child(GATEWAY._stages_v1, found["api"]).get(found["stage"])
