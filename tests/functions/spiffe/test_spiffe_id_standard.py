"""The SPIFFE-ID standard, clause by clause: every MUST of `standards/SPIFFE-ID.md` (sections 2 to 2.4) that is one for
who reads IDs, by its section. Section 3 is about documents: see `test_jwt_svid_standard`.
"""

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiffe_verifier.spiffe_id import MAXIMUM_SPIFFE_ID_BYTES, SpiffeId
from spiffe_verifier.trust_domain import MAXIMUM_TRUST_DOMAIN_BYTES, TrustDomain
from tests.functions.spiffe.spiffe_ids import MALFORMED_SPIFFE_IDS, SPIFFE_IDS, spiffe_id_of

LOWER, DIGITS = "abcdefghijklmnopqrstuvwxyz", "0123456789"
OF_TRUST_DOMAINS = {*LOWER, *DIGITS, *".-_"}
OF_SEGMENTS = {*OF_TRUST_DOMAINS, *LOWER.upper()}
# Every ASCII character, and others that `str` methods and `re` take for letters, digits, spaces or variants of some.
OTHERS = "\u00e4\u00df\u017f\u212a\u0131\u0130\u0663\uff10\uff41\uff21\u3002\uff0e\uff0f\u00a0\u200b\u2028\u202e\ufeff"
CHARACTERS = [*map(chr, range(128)), *OTHERS]


def refused(text: object, parse: Callable[[object], object] = SpiffeId.parse) -> str:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 -- the message is what is returned
        parse(text)
    return str(caught.value)


@pytest.mark.parametrize("name", SPIFFE_IDS)
def test_a_spiffe_id_is_read_into_its_parts_and_back(name: str) -> None:
    text = SPIFFE_IDS[name]
    parsed = SpiffeId.parse(text)
    assert str(parsed) == text == f"spiffe://{parsed.trust_domain}{parsed.path}"
    assert parsed == SpiffeId.parse(text)
    assert hash(parsed) == hash(SpiffeId.parse(text))
    assert parsed != text


@pytest.mark.parametrize("name", MALFORMED_SPIFFE_IDS)
def test_a_text_that_is_none_is_refused_for_the_rule_that_it_breaks_and_not_repeated(name: str) -> None:
    text, reason = MALFORMED_SPIFFE_IDS[name]
    message = refused(text)
    assert reason in message
    assert len(text) < 9 or text not in message


def test_section_2_the_scheme_must_be_set_to_spiffe() -> None:
    for scheme in ("SPIFFE", "Spiffe", "spiffe ", " spiffe", "spiffes", "spiff", "https", "urn", ""):
        assert "starts with spiffe://" in refused(f"{scheme}://company.internal/a")


def test_section_2_the_trust_domain_name_must_be_non_zero() -> None:
    assert "trust domain is empty" in refused("spiffe:///a")
    assert "trust domain is empty" in refused("spiffe://")


def test_section_2_a_query_or_fragment_must_not_be_included() -> None:
    for component in ("?", "?a", "?a=b", "#", "#a", "?#", "#?"):
        for text in ("spiffe://company.internal", "spiffe://company.internal/a"):
            assert "no query and no fragment" in refused(text + component)


def test_section_2_1_the_host_must_not_be_empty() -> None:
    assert "trust domain is empty" in refused("", TrustDomain.parse)
    assert "trust domain is empty" in refused("spiffe://", TrustDomain.parse)


def test_section_2_1_userinfo_and_port_must_be_empty() -> None:
    for authority in ("a@td", "a:b@td", "@td", ":@td", "td:1", "td:", ":1", "a@td:1"):
        message = refused(f"spiffe://{authority}/a")
        assert "user information" in message or "port" in message
        assert refused(authority, TrustDomain.parse) == message


def test_section_2_1_the_host_must_be_lowercase() -> None:
    for letter in LOWER.upper():
        assert "upper case" in refused(f"spiffe://company{letter}.internal/a")


def test_section_2_1_the_host_must_contain_only_letters_numbers_dots_dashes_and_underscores() -> None:
    accepted: set[str] = set()
    for character in CHARACTERS:
        for text in (f"spiffe://a{character}b", f"spiffe://{character}/c", f"spiffe://a{character}/c"):
            try:
                parsed = SpiffeId.parse(text)
            except ValueError:
                continue
            if character in parsed.trust_domain.name:
                accepted.add(character)
    assert accepted == OF_TRUST_DOMAINS


def test_section_2_1_the_host_must_not_contain_percent_encoded_characters() -> None:
    for encoded in ("%61", "%2e", "%2F", "%00", "%", "%zz", "%25"):
        assert "percent-encoded" in refused(f"spiffe://a{encoded}b/c")
        assert "percent-encoded" in refused(f"a{encoded}b", TrustDomain.parse)


def test_section_2_1_names_must_not_be_processed_differently_where_they_are_ip_addresses_or_dns_names() -> None:
    for name in (
        "10.0.0.5",
        "010.000.000.005",
        "1",
        "0x7f.1",
        "a..b",
        ".",
        "..",
        "-",
        "_",
        "localhost",
        "a" * 64 + ".b",
    ):
        assert SpiffeId.parse(f"spiffe://{name}/a").trust_domain.name == name
    assert TrustDomain("10.0.0.5") != TrustDomain("010.000.000.005")
    assert "port" in refused("spiffe://[::1]/a"), "IPv6 addresses are excluded"


def test_section_2_2_the_path_must_not_include_percent_encoded_characters() -> None:
    for encoded in ("%61", "%2e%2e", "%2F", "%00", "%", "%zz"):
        assert "percent-encoded" in refused(f"spiffe://company.internal/a{encoded}b")


def test_section_2_2_the_path_must_not_include_segments_that_are_empty_or_relative() -> None:
    for segment, reason in (("", "empty segment"), (".", "`.` or `..`"), ("..", "`.` or `..`")):
        for path in (f"/{segment}/a", f"/a/{segment}/b"):
            assert reason in refused(f"spiffe://company.internal{path}")
    for path in ("/.", "/..", "/a/.", "/a/..", "/./..", "/../../a"):
        assert "`.` or `..`" in refused(f"spiffe://company.internal{path}")
    for segment in ("...", "....", ".a", "a.", "..a", "a..", ".-", "-."):
        assert SpiffeId.parse(f"spiffe://company.internal/{segment}/{segment}")


def test_section_2_2_the_path_must_not_include_a_trailing_slash() -> None:
    for path in ("/", "/a/", "/a/b/", "//", "/./"):
        assert "ends with a slash" in refused(f"spiffe://company.internal{path}")


def test_section_2_2_segments_must_contain_only_letters_numbers_dots_dashes_and_underscores() -> None:
    accepted: set[str] = set()
    for character in CHARACTERS:
        try:
            parsed = SpiffeId.parse(f"spiffe://company.internal/a{character}b")
        except ValueError:
            continue
        if parsed.path == f"/a{character}b":
            accepted.add(character)
    assert accepted == {*OF_SEGMENTS, "/"}, "a slash ends a segment"


def test_section_2_3_ids_of_up_to_2048_bytes_must_be_supported_and_longer_ones_are_refused() -> None:
    assert len(str(SpiffeId.parse(spiffe_id_of(MAXIMUM_SPIFFE_ID_BYTES)))) == 2_048
    assert "at most 2048 bytes" in refused(spiffe_id_of(MAXIMUM_SPIFFE_ID_BYTES + 1))
    assert "at most 2048 bytes" in refused(spiffe_id_of(10_000_000))


def test_section_2_3_a_trust_domain_has_at_most_255_bytes() -> None:
    longest = "a" * MAXIMUM_TRUST_DOMAIN_BYTES
    assert SpiffeId.parse(f"spiffe://{longest}").trust_domain == TrustDomain(longest)
    for text in (f"spiffe://{longest}a", f"spiffe://{longest}a/b"):
        assert "more than 255 bytes" in refused(text)
    assert "more than 255 bytes" in refused(longest + "a", TrustDomain.parse)


def test_section_2_4_the_path_is_case_sensitive_and_the_rest_has_one_spelling() -> None:
    upper, lower = (SpiffeId.parse(f"spiffe://company.internal/{path}") for path in ("NS", "ns"))
    assert upper != lower
    assert not upper.starts_with(lower)
    assert refused("SPIFFE://company.internal/ns")
    assert refused("spiffe://COMPANY.internal/ns")


@pytest.mark.parametrize("value", [None, 5, b"spiffe://company.internal", ["spiffe://company.internal"], {}, True])
def test_what_is_no_text_is_neither_an_id_nor_a_trust_domain(value: object) -> None:
    assert "is a string" in refused(value)
    assert "is a string" in refused(value, TrustDomain.parse)


def test_a_trust_domain_is_named_barely_or_by_its_id_and_by_no_other() -> None:
    assert TrustDomain.parse("company.internal") == TrustDomain.parse("spiffe://company.internal")
    assert str(TrustDomain.parse("spiffe://company.internal")) == "company.internal"
    assert TrustDomain("company.internal") != "company.internal"
    assert (repr(TrustDomain("a")), repr(SpiffeId("spiffe://a/b"))) == ("<TrustDomain a>", "<SpiffeId spiffe://a/b>")
    for text in ("spiffe://company.internal/", "spiffe://company.internal/a", "spiffe://spiffe://a", "https://a", " a"):
        refused(text, TrustDomain.parse)


def test_an_id_starts_with_a_prefix_of_whole_segments_in_its_own_trust_domain() -> None:
    api = SpiffeId.parse("spiffe://company.internal/ns/prod/sa/api")
    for prefix in ("", "/ns", "/ns/prod", "/ns/prod/sa", "/ns/prod/sa/api"):
        assert api.starts_with(SpiffeId.parse(f"spiffe://company.internal{prefix}"))
        assert not api.starts_with(SpiffeId.parse(f"spiffe://company.internal.evil.example{prefix}"))
    for prefix in ("/n", "/ns/pro", "/ns/prod/sa/ap", "/ns/prod/sa/api/more", "/prod", "/NS"):
        assert not api.starts_with(SpiffeId.parse(f"spiffe://company.internal{prefix}"))


def is_spiffe_id(text: str) -> bool:
    """The standard once more, in other words, to hold the parser to."""
    scheme, colon, rest = text.partition(":")
    if (scheme, colon, rest[:2]) != ("spiffe", ":", "//") or len(text.encode(errors="surrogatepass")) > 2_048:
        return False
    host, *segments = rest[2:].split("/")
    return (
        0 < len(host) <= 255
        and set(host) <= OF_TRUST_DOMAINS
        and all(each not in ("", ".", "..") and set(each) <= OF_SEGMENTS for each in segments)
    )


def accepts(text: str) -> bool:
    try:
        return str(SpiffeId.parse(text)) == text
    except ValueError:
        return False


PIECES = [*"/.aA%:@?#\n", "spiffe://", "spiffe:", "//", "..", "...", "td", "%2e", "\u00e4", "-_"]


@given(
    st.text()
    | st.lists(st.sampled_from(PIECES), max_size=9).map("".join)
    | st.lists(st.sampled_from(PIECES), max_size=9).map(lambda pieces: "spiffe://td/" + "".join(pieces))
    | st.integers(1_900, 2_100).map(spiffe_id_of)
    | st.integers(240, 270).map(lambda length: f"spiffe://{'a' * length}/b")
)
def test_the_parser_takes_exactly_what_the_standard_describes(text: str) -> None:
    assert accepts(text) == is_spiffe_id(text)


def test_the_parser_takes_exactly_what_the_standard_describes_for_every_short_combination() -> None:
    short = ["/", ".", "a", "A", "%"]
    for length in range(5):
        for characters in itertools.product(short, repeat=length):
            text = "spiffe://" + "".join(characters)
            assert accepts(text) == is_spiffe_id(text), text
