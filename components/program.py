"""The systems of a stack: which the settings switch on, and what the stack tells of them.

Each system is a module of `components.systems`; what they share (API Gateway's account role) is made here.
"""

import pulumi

from components.api_gateway_account import ApiGatewayAccount, ApiGatewayAccountArgs
from components.authorized_api import AuthorizedApi
from components.settings import Settings
from components.systems.deployed import Deployed
from components.systems.hello import hello_system
from components.systems.partner import partner_system
from components.systems.tenant import tenant_system
from components.systems.workload import workload_system


def build(settings: Settings) -> Deployed:
    """Makes every system that the settings switch on."""
    account = (
        ApiGatewayAccount("api-gateway-account", ApiGatewayAccountArgs(tags=settings.tags))
        if settings.manage_api_gateway_account
        else None
    )
    deployed = Deployed()
    if settings.hello is not None:
        deployed = deployed.with_system(hello_system(settings, settings.hello, account))
    if settings.tenant is not None:
        deployed = deployed.with_system(tenant_system(settings, settings.tenant, account))
    if settings.workload is not None:
        deployed = deployed.with_system(workload_system(settings, settings.workload, account))
    if settings.partner is not None:
        deployed = deployed.with_system(partner_system(settings, settings.partner, account))
    return deployed


def api_summary(api: AuthorizedApi) -> dict[str, pulumi.Input[object]]:
    """An API for the stack's outputs: `url`, `stage`, `routes` with `method`, `path` and `authorizer` (its name)."""
    return {
        "url": api.invoke_url,
        "stage": api.stage_name,
        "routes": [
            {"method": route.method, "path": route.path, "authorizer": route.authorizer.args.function_name}
            for route in api.args.routes
        ],
    }
