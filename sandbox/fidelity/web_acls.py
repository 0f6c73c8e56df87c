"""Gap: an update of a web ACL keeps its old description, and an ACL that protects something can be deleted.

What AWS does: UpdateWebACL replaces the whole definition, the description included; DeleteWebACL of an ACL that is
associated with a resource is a WAFAssociatedItemException
(https://docs.aws.amazon.com/waf/latest/APIReference/API_UpdateWebACL.html, API_DeleteWebACL.html).

Deliberately nothing more: rules are stored and shown, no request is ever held against them.
"""

from functools import wraps
from typing import Any

from sandbox.fidelity.emulator import Action, Answer, emulator_module
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap

waf = emulator_module("services.waf")


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps."""
    del settings
    require_parameters(waf, "_resource_from_scope", ("store", "uid", "scope"))
    require_parameters(waf, "_waf_err", ("code", "message"))
    wrap(waf, "_update_web_acl", ("data",), _updating, by=__name__)
    wrap(waf, "_delete_web_acl", ("data",), _deleting, by=__name__)


def _updating(original: Action) -> Action:
    @wraps(original)
    def update_web_acl(data: dict[str, Any]) -> Answer:
        answer = original(data)
        if answer[0] == 200:
            _acl(data)["Description"] = data.get("Description", "")
        return answer

    return update_web_acl


def _deleting(original: Action) -> Action:
    @wraps(original)
    def delete_web_acl(data: dict[str, Any]) -> Answer:
        acl = _acl(data)
        if acl is not None and acl["ARN"] in waf._associations.values():
            return waf._waf_err(
                "WAFAssociatedItemException", "The web ACL is associated with a resource; disassociate it first."
            )
        return original(data)

    return delete_web_acl


def _acl(data: dict[str, Any]) -> Any:
    return waf._resource_from_scope(waf._web_acls, data.get("Id", ""), data.get("Scope", "REGIONAL"))
