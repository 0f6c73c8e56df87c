"""What Pulumi writes about a stack is read as it is meant, and what it did not write is refused with a way out."""

import json
from pathlib import Path

import pytest

from guardrails.nodes import SECRET, SIGNATURE
from guardrails.properties import Known, Unknown
from guardrails.report.documents import Position, UnreadableDocumentError, read_document
from tests.policy.declarations import METHOD, REST_API, SECRET_VERSION, STACK
from tests.policy.report.stack_documents import exported, previewed, written


def test_a_state_and_a_preview_hold_the_same_stack(tmp_path: Path) -> None:
    state = read_document(written(tmp_path, exported(*STACK)))
    preview = read_document(written(tmp_path, previewed(*STACK)))
    assert {one.urn for one in state.inputs} == {one.urn for one in preview.inputs} == {one.urn for one in STACK}


def test_what_a_preview_keeps_has_its_outputs_and_what_it_changes_its_new_inputs(tmp_path: Path) -> None:
    changed = METHOD.with_property("authorization", "NONE")
    document = previewed(changed, op="update", before={METHOD.name: METHOD.with_property("id", "method1")})
    (resource,) = read_document(written(tmp_path, document)).outputs.resources
    assert resource.read("authorization") == Known("NONE")
    assert resource.read("id") == Known("method1")
    assert resource.read("httpMethod") == Known("GET")


def test_a_preview_that_leaves_out_what_does_not_change_is_refused(tmp_path: Path) -> None:
    partial = previewed(*STACK) | {"changeSummary": {"create": len(STACK), "same": 3}}
    with pytest.raises(UnreadableDocumentError, match="--show-sames"):
        read_document(written(tmp_path, partial))
    assert read_document(written(tmp_path, previewed(*STACK, op="same"))).inputs


def test_what_a_preview_would_delete_is_not_part_of_the_stack(tmp_path: Path) -> None:
    preview = read_document(written(tmp_path, previewed(REST_API, gone=(METHOD,))))
    assert [one.urn for one in preview.inputs] == [REST_API.urn]


def test_what_waits_for_its_deletion_is_not_part_of_the_stack(tmp_path: Path) -> None:
    document = exported(REST_API, METHOD)
    document["deployment"]["resources"][1]["delete"] = True
    assert [one.urn for one in read_document(written(tmp_path, document)).inputs] == [REST_API.urn]


def test_what_is_made_before_a_resource_is_known(tmp_path: Path) -> None:
    document = exported(REST_API, METHOD)
    document["deployment"]["resources"][1]["dependencies"] = [REST_API.urn]
    assert read_document(written(tmp_path, document)).outputs.resources[1].dependencies == {REST_API.urn}


def test_inputs_are_what_the_program_asked_for_and_outputs_what_came_of_it(tmp_path: Path) -> None:
    document = exported(REST_API)
    document["deployment"]["resources"][0]["outputs"]["disableExecuteApiEndpoint"] = False
    stack = read_document(written(tmp_path, document))
    assert not isinstance(stack.inputs[0].read("disableExecuteApiEndpoint"), Known)
    assert stack.outputs.resources[0].read("disableExecuteApiEndpoint") == Known(value=False)
    assert stack.outputs.resources[0].read("id") == Known("api1")


@pytest.mark.parametrize(
    "hidden", [{SIGNATURE: SECRET, "ciphertext": "v1:abc:def"}, "[secret]"], ids=["encrypted", "redacted"]
)
def test_a_secret_that_the_document_does_not_show_is_not_taken_for_a_value(hidden: object, tmp_path: Path) -> None:
    version = SECRET_VERSION.with_property("secretString", hidden)
    (resource,) = read_document(written(tmp_path, exported(version))).inputs
    assert resource.read("secretString") == Unknown(secret=True)


def test_a_secret_that_the_document_shows_is_a_secret_value(tmp_path: Path) -> None:
    version = SECRET_VERSION.with_property("secretString", {SIGNATURE: SECRET, "plaintext": json.dumps("{}")})
    (resource,) = read_document(written(tmp_path, exported(version))).inputs
    assert resource.read("secretString") == Known("{}", secret=True)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("project:///components/routes.py#12", Position(file="components/routes.py", line=12)),
        ("project:///__main__.py#8,4", Position(file="__main__.py", line=8)),
        ("project:///../elsewhere.py#1", None),
        ("project:///components/routes.py", None),
        ("file:///etc/passwd#1", None),
    ],
)
def test_where_the_program_makes_a_resource_is_known_inside_the_project_only(
    text: str, position: Position | None, tmp_path: Path
) -> None:
    snapshot = read_document(written(tmp_path, exported(METHOD, positions={METHOD.name: text})))
    assert snapshot.positions.get(METHOD.urn) == position


@pytest.mark.parametrize(
    "document",
    [[], "text", {}, {"deployment": None}, {"deployment": {"resources": [1]}}, {"deployment": {"resources": {"a": 1}}}],
    ids=str,
)
def test_what_is_no_document_of_a_stack_is_refused(document: object, tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocumentError, match="pulumi stack export"):
        read_document(written(tmp_path, document))


def test_a_file_that_is_missing_or_no_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocumentError, match=r"state\.json cannot be read: No such file"):
        read_document(tmp_path / "state.json")
    (tmp_path / "state.json").write_text("{", encoding="utf-8")
    with pytest.raises(UnreadableDocumentError, match="is not JSON"):
        read_document(tmp_path / "state.json")
    (tmp_path / "state.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadableDocumentError, match="is not JSON"):
        read_document(tmp_path / "state.json")
