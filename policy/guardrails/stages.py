"""Stages of API Gateway, and the method settings that belong to a stage of a REST API.

Method settings name their stage by the API and the stage's name. Nothing is judged here.
"""

from collections.abc import Iterator
from typing import Final

from guardrails.companions import Companions
from guardrails.properties import Known, Malformed, Missing, Node, Reading, Unknown, children
from guardrails.references import Agreement, Reference, reference
from guardrails.resources import Resource, Stack

REST_API: Final = frozenset({"aws:apigateway/restApi:RestApi"})
REST_STAGE: Final = "aws:apigateway/stage:Stage"
HTTP_STAGE: Final = "aws:apigatewayv2/stage:Stage"
METHOD_SETTINGS: Final = "aws:apigateway/methodSettings:MethodSettings"
WHOLE_STAGE: Final = "*/*"
"""The `methodPath` of settings for every method of a stage."""


class StageSettings:
    """Finds the settings that hold for every method of a REST stage."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._settings = Companions(stack, (METHOD_SETTINGS,), "stageName", frozenset({REST_STAGE}))

    def of(self, stage: Resource) -> tuple[list[Resource], list[Resource]]:
        """Those of the stage's `*/*`, and those that may be."""
        found = self._settings.of(stage, identity="stageName")
        api = reference(self._stack, stage, "restApi", REST_API)
        certain: list[Resource] = []
        possible = [one for one in found.possible if self._agreement(one, api) is not Agreement.DIFFERENT]
        for settings in found.certain:
            agreement = self._agreement(settings, api)
            path = settings.read("methodPath")
            if agreement is Agreement.SAME and path == Known(WHOLE_STAGE):
                certain.append(settings)
            elif agreement is not Agreement.DIFFERENT and (isinstance(path, Unknown) or path == Known(WHOLE_STAGE)):
                possible.append(settings)
        return certain, possible

    def _agreement(self, settings: Resource, api: Reference) -> Agreement:
        return reference(self._stack, settings, "restApi", REST_API).agreement(api)


def route_settings(stage: Resource, name: str) -> Iterator[tuple[str, Reading]]:
    """One setting of a stage of an HTTP or WebSocket API, for all routes and for single ones, with its path."""
    yield f"defaultRouteSettings.{name}", stage.read("defaultRouteSettings", name)
    match stage.read("routeSettings"):
        case Missing():
            return
        case Known(value=list()) as settings:
            for index, one in children(settings):
                yield f"routeSettings[{index}].{name}", _member(one, name)
        case Unknown() as unknown:
            yield "routeSettings", unknown
        case _:
            yield "routeSettings", Malformed(at="routeSettings")


def _member(settings: Node, name: str) -> Reading:
    match settings:
        case Known(value=dict()):
            found = dict(children(settings)).get(name)
            return Missing() if found is None or found == Known(None) else found
        case Known():
            return Malformed(at=name)
        case _:
            return settings
