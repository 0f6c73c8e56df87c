"""`guardrails.nodes`: everything that the engine can send, secret marks and what this pack has never seen included."""

import base64

import pytest

from guardrails.nodes import (
    SECRET,
    SIGNATURE,
    UNKNOWN_SENTINELS,
    UNKNOWN_TEXT,
    Archive,
    Asset,
    Known,
    ResourceReference,
    SecretMark,
    Unknown,
    Unrecognized,
    node,
    without_files,
)
from tests.policy.judging import secret

ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
BYTES = "803fd3297a5875dc03ca845dda5d2a98"


def signed(signature: object, **entries: object) -> dict[str, object]:
    return {SIGNATURE: signature, **entries}


@pytest.mark.parametrize("value", ["text", "", 1.0, True, None])
def test_a_scalar_is_known(value: object) -> None:
    assert node(value) == Known(value)


@pytest.mark.parametrize("sentinel", sorted(UNKNOWN_SENTINELS))
def test_every_kind_of_unknown_value_is_unknown(sentinel: str) -> None:
    assert node(sentinel) == Unknown()


def test_a_mark_reaches_everything_below_it_and_nothing_beside_it() -> None:
    assert node({"a": secret({"b": ["1", UNKNOWN_TEXT]}), "c": "2"}) == Known(
        {
            "a": Known({"b": Known([Known("1", secret=True), Unknown(secret=True)], secret=True)}, secret=True),
            "c": Known("2"),
        }
    )


def test_a_secret_that_is_not_shown_is_not_taken_for_a_value() -> None:
    assert node(secret("[secret]")) == Unknown(secret=True)
    assert node("[secret]") == Known("[secret]")


def test_a_mark_on_nothing_is_a_secret_nothing() -> None:
    assert node(signed(SECRET)) == Known(None, secret=True)


def test_files_are_where_the_program_says_or_what_it_wrote() -> None:
    assert node(signed(ASSET, path="./a.py", hash="x")) == Known(Asset(path="./a.py"))
    assert node(signed(ASSET, text="hello")) == Known(Asset(text="hello"))
    assert node(signed(ASSET, hash="x")) == Known(Asset(text=""))
    assert node(signed(ASSET, uri="https://example.com/a")) == Known(Asset(uri="https://example.com/a"))
    assert node(secret(signed(ASSET, text="hello"))) == Known(Asset(text="hello"), secret=True)
    assert node(signed(ARCHIVE, path="./code")) == Known(Archive(path="./code"))
    assert node(signed(ARCHIVE, uri="https://example.com/a.zip")) == Known(Archive(uri="https://example.com/a.zip"))


def test_an_archive_holds_files_archives_and_what_is_not_known_yet() -> None:
    archive = signed(ARCHIVE, assets={"a": signed(ASSET, text="1"), "b": signed(ARCHIVE, assets={}), "c": UNKNOWN_TEXT})
    assert node(archive) == Known(
        Archive(files={"a": Known(Asset(text="1")), "b": Known(Archive(files={})), "c": Unknown()})
    )


def test_a_resource_that_is_passed_as_a_whole_keeps_its_urn_and_id() -> None:
    assert node(signed(RESOURCE, urn="urn:x", id="7")) == Known(ResourceReference(urn="urn:x", identifier=Known("7")))
    assert node(signed(RESOURCE, urn="urn:x", id=UNKNOWN_TEXT)) == Known(
        ResourceReference(urn="urn:x", identifier=Unknown())
    )
    assert node(signed(RESOURCE, urn="urn:x")) == Known(ResourceReference(urn="urn:x"))


def test_an_output_is_its_value_or_unknown() -> None:
    assert node(signed(OUTPUT, value="1", dependencies=["urn:x"])) == Known("1")
    assert node(signed(OUTPUT, value={"a": "1"}, secret=True)) == Known({"a": Known("1", secret=True)}, secret=True)
    assert node(signed(OUTPUT, secret=True)) == Unknown(secret=True)


def test_bytes_are_bytes() -> None:
    assert node(signed(BYTES, value=base64.b64encode(b"\xff").decode())) == Known(b"\xff")


@pytest.mark.parametrize(
    "strange",
    [
        signed("never seen", value="hunter2"),
        signed(None),
        signed(7.0),
        signed(["x"]),
        signed(ARCHIVE),
        signed(ARCHIVE, assets="x"),
        signed(RESOURCE),
        signed(BYTES, value="no base64!"),
    ],
)
def test_what_is_not_understood_is_no_text_number_or_object(strange: object) -> None:
    found = node(strange)
    assert isinstance(found, Known)
    assert isinstance(found.value, Unrecognized)
    assert "hunter2" not in repr(found.value)


def test_a_node_stays_what_it_is() -> None:
    assert node(node({"a": secret("1")})) == node({"a": secret("1")})
    assert node(SecretMark(["1"])) == Known([Known("1", secret=True)], secret=True)


def test_representations_show_no_value() -> None:
    for value in (
        SecretMark("hunter2"),
        Asset(text="hunter2"),
        Archive(files={"a": Known("hunter2")}),
        Known("hunter2"),
    ):
        assert "hunter2" not in repr(value)


def test_files_that_a_document_from_elsewhere_names_are_not_known_and_texts_are() -> None:
    file, text = signed(ASSET, path="/elsewhere/a.py"), signed(ASSET, text="a = 1")
    assert without_files(node(file)) == Unknown()
    assert without_files(node(signed(ARCHIVE, path="/elsewhere"))) == Unknown()
    assert without_files(node(signed(ARCHIVE, assets={"a.py": text, "b.py": file}))) == Unknown()
    inline = node(signed(ARCHIVE, assets={"a.py": text}))
    assert without_files(inline) == inline
    assert without_files(node({"code": file, "name": "x", "list": [file, 1.0]})) == Known(
        {"code": Unknown(), "name": Known("x"), "list": Known([Unknown(), Known(1.0)])}
    )
