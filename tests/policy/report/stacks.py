"""Stacks for reports: the rules' own declarations, with the parents that make a path of a resource."""

from tests.policy.declarations import PATH, REST_API, STACK, replaced
from tests.policy.judging import Declared

FIRST_PATH = Declared(
    type=PATH.type,
    name=PATH.name,
    properties={**PATH.properties, "parentId": "root1"},
    sources={**PATH.sources, "parentId": ["api"]},
)
API = REST_API.with_property("rootResourceId", "root1")
WHOLE = replaced(replaced(STACK, FIRST_PATH), API)
