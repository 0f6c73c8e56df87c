"""How decisions that wait are told: together, in one order, and not without end."""

from dataclasses import replace

from guardrails.resources import Resource
from guardrails.rules import Undecided
from guardrails.waiting import NAMED, places, waiting_message
from tests.policy.judging import Declared

BOX = Declared(type="test:index/box:Box", name="box", properties={})
LID = Declared(type="test:index/lid:Lid", name="lid", properties={})


def waiting(declared: Declared, *properties: str) -> Undecided:
    return Undecided(
        resource=Resource(type=declared.type, name=declared.name, urn=declared.urn, properties={}),
        properties=properties,
    )


def test_resources_of_one_type_that_wait_for_the_same_are_told_together() -> None:
    told = [waiting(LID, "width"), waiting(BOX, "colour", "size"), waiting(replace(BOX, name="a"), "colour", "size")]
    assert places(told) == "Box 'a', 'box': colour, size; Lid 'lid': width"
    assert places(told[::-1]) == places(told)


def test_a_resource_that_waits_for_something_else_is_told_apart() -> None:
    assert places([waiting(BOX, "size"), waiting(BOX, "colour")]) == "Box 'box': colour; Box 'box': size"


def test_of_many_that_wait_for_the_same_the_first_are_named_and_the_rest_is_counted() -> None:
    many = [waiting(replace(BOX, name=f"box-{number:03}"), "colour") for number in range(500)]
    message = waiting_message(many)
    assert message.endswith(f"'box-{NAMED - 1:03}' and {500 - NAMED} more: colour.")
    assert f"'box-{NAMED:03}'" not in message
    assert " more" not in waiting_message(many[:NAMED])
