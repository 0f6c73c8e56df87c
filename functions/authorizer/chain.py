"""Runs a request through the plugins, in order, until one denies or all have passed.

A chain that could not be loaded is a chain that denies everything, for the reason that it could not be loaded.
"""

from __future__ import annotations

from time import perf_counter_ns

from authorizer.decision import Allow, Deny
from authorizer.denial import denial_for
from authorizer.json_values import is_object
from authorizer.plugin_loader import ChainLoadError, load_plugins
from authorizer.plugin_result import PluginResults

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from authorizer.auth_context import TokenRequest
    from authorizer.parameters_request import ParametersRequest
    from authorizer.plugin_loader import Plugin


class Outcome:
    """A decision, the plugin or file that denied ("" where none did), and the nanoseconds of each plugin that ran."""

    __slots__ = ("decision", "denied_by", "elapsed")

    def __init__(self, *, decision: Allow | Deny, denied_by: str = "", elapsed: list[int] | None = None) -> None:
        """Hold the three."""
        self.decision = decision
        self.denied_by = denied_by
        self.elapsed = elapsed or []


class Chain:
    """Plugins in order, or the fault that keeps them from running."""

    def __init__(
        self,
        plugins: tuple[Plugin, ...] = (),
        *,
        fault: ChainLoadError | None = None,
        timer: Callable[[], int] = perf_counter_ns,
    ) -> None:
        """Take the plugins; `timer` counts nanoseconds."""
        self.plugins = plugins
        self.fault = fault
        self._timer = timer

    def decide(self, request: TokenRequest | ParametersRequest) -> Outcome:
        """Return what the plugins decide. Never raises: whatever a plugin does is a decision."""
        if self.fault is not None:
            return Outcome(decision=Deny(reason=self.fault.reason), denied_by=self.fault.file)
        decision: Allow | Deny = Deny()
        results = PluginResults()
        elapsed: list[int] = []
        for plugin in self.plugins:
            started = self._timer()
            denial = _run(plugin, request, results)
            elapsed.append(self._timer() - started)
            if denial is not None:
                denial.principal_id = results.principal_id
                return Outcome(decision=denial, denied_by=plugin.name, elapsed=elapsed)
        if elapsed:
            decision = _allow(results)
        return Outcome(decision=decision, elapsed=elapsed)


def load_chain(directory: str, given: Mapping[str, object] | None = None) -> Chain:
    """Return the chain of the plugins in `directory`; where they cannot be loaded, one that denies everything.

    `given` takes the place of what plugins ask for by name (`authorizer.providers`): a test's fakes.
    """
    try:
        return Chain(load_plugins(directory, given))
    except ChainLoadError as fault:
        return Chain(fault=fault)


def _run(plugin: Plugin, request: TokenRequest | ParametersRequest, results: PluginResults) -> Deny | None:
    """Run one plugin and take over what it returns; None where it passes."""
    try:
        result = plugin.validate(request.auth_context(results.principal_id, results.context))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 -- whatever a plugin raises is a denial, SystemExit included
        return denial_for(error)
    if result is True:
        return None
    if not is_object(result):
        return Deny(reason="denied_by_plugin")
    try:
        results.add(result)
    except ValueError:
        return Deny(reason="malformed_plugin_result")
    return None


def _allow(results: PluginResults) -> Allow | Deny:
    if results.principal_id is None:
        return Deny(reason="no_principal")
    return Allow(principal_id=results.principal_id, context=results.context, routes=results.routes)
