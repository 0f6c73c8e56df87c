"""Gap: a method setting that turns throttling off refuses every call.

The emulator takes the limits -1 for "nobody", and answers 429.

AWS: infrastructure tools set both limits to -1 where throttling is to be off (Terraform's and Pulumi's AWS providers
do it by default in method settings), and the method is then limited by the account's limits only.

The wrap lets calls pass where a limit is negative. The account's limits (10,000 requests a second) are not a
sandbox's concern.
"""

from collections.abc import Callable
from typing import Any

from sandbox.fidelity.gateway.emulator import GATEWAY
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap


def apply(settings: FidelitySettings) -> None:
    """Installs the wrap; raises `EmulatorChangedError` when the emulator does not have what it wraps."""
    del settings  # nothing here depends on them
    wrap(GATEWAY, "_take_token", ("slot", "limits"), _sparing_unlimited, by=__name__)


def _sparing_unlimited(original: Callable[..., bool]) -> Callable[..., bool]:
    def take_token(slot: Any, limits: dict[str, Any]) -> bool:
        if any(limit is not None and float(limit) < 0 for limit in limits.values()):
            return True
        return original(slot, limits)

    return take_token
