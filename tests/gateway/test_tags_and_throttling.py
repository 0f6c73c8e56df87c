"""`gateway.resource_tags` and `gateway.disabled_throttling`."""

from typing import Any

from tests.gateway.rest_api import Api, ApiWorkshop
from tests.support.sandbox import REGION


def tags_in_both_places(workshop: ApiWorkshop) -> list[dict[str, str]]:
    """The tags of an API made with one and given another, as GetRestApi and GetTags answer them."""
    api_id = workshop.gateway.create_rest_api(name="tagged", tags={"made": "with"})["id"]
    arn = f"arn:aws:apigateway:{REGION}::/restapis/{api_id}"
    workshop.gateway.tag_resource(resourceArn=arn, tags={"given": "later"})
    found = workshop.gateway.get_rest_api(restApiId=api_id), workshop.gateway.get_tags(resourceArn=arn)
    return [answer["tags"] for answer in found]


def test_the_emulator_alone_answers_two_sets_of_tags(emulator: ApiWorkshop) -> None:
    in_the_api, in_the_list = tags_in_both_places(emulator)
    assert in_the_api != in_the_list


def test_tags_of_an_api_are_the_same_wherever_they_are_read(sandbox: ApiWorkshop) -> None:
    assert tags_in_both_places(sandbox) == [{"made": "with", "given": "later"}] * 2


def test_tags_of_a_stage_are_the_same_wherever_they_are_read(sandbox: ApiWorkshop) -> None:
    api = sandbox.api()
    api.route("/hello")
    api.deploy(tags={"made": "with"})
    arn = f"arn:aws:apigateway:{REGION}::/restapis/{api.api_id}/stages/prod"
    sandbox.gateway.tag_resource(resourceArn=arn, tags={"given": "later"})
    sandbox.gateway.untag_resource(resourceArn=arn, tagKeys=["made"])
    assert sandbox.gateway.get_stage(restApiId=api.api_id, stageName="prod")["tags"] == {"given": "later"}
    assert sandbox.gateway.get_tags(resourceArn=arn)["tags"] == {"given": "later"}


def throttled(workshop: ApiWorkshop, limit: str) -> Api:
    api = workshop.api()
    api.route("/hello")
    api.deploy()
    names = ("rateLimit", "burstLimit")
    patch: list[dict[str, Any]] = [
        {"op": "replace", "path": f"/*/*/throttling/{name}", "value": limit} for name in names
    ]
    api.gateway.update_stage(restApiId=api.api_id, stageName="prod", patchOperations=patch)
    return api


def test_the_emulator_alone_refuses_everyone_where_throttling_is_off(emulator: ApiWorkshop) -> None:
    assert throttled(emulator, "-1").call("/hello").status == 429


def test_throttling_that_is_off_lets_everyone_through(sandbox: ApiWorkshop) -> None:
    assert throttled(sandbox, "-1").call("/hello").status == 200


def test_throttling_to_nothing_still_refuses(sandbox: ApiWorkshop) -> None:
    answer = throttled(sandbox, "0").call("/hello")
    assert (answer.status, answer.json) == (429, {"message": "Too Many Requests"})
