"""DER (ITU-T X.690 chapter 10), as much of it as reading a certificate's own fields takes, and strictly.

One element at a time: its tag, and where its content begins and ends. Tags have one byte, lengths are definite and as
short as they can be. Deliberately no ASN.1 library: `cryptography` takes 30 ms to import at a cold start, and most of
a certificate is not looked at here.
"""

from __future__ import annotations

INTEGER, BIT_STRING, OBJECT_IDENTIFIER = 0x02, 0x03, 0x06
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31
_LONG_TAG = 0x1F
_LONG_LENGTH = 0x80
_MAXIMUM_LENGTH_BYTES = 3  # 16 MB


class Element:
    """An element of `data`: its tag, where it starts, and where its content begins and ends."""

    __slots__ = ("begin", "data", "end", "start", "tag")

    def __init__(self, data: bytes, start: int, limit: int) -> None:
        """Read the element at `start`, all of which must be before `limit`; raises ValueError."""
        if limit - start < 2:
            raise ValueError("an element is cut off")
        self.data, self.start, self.tag = data, start, data[start]
        if self.tag & _LONG_TAG == _LONG_TAG:
            raise ValueError("a tag has several bytes")
        length, begin = data[start + 1], start + 2
        if length >= _LONG_LENGTH:
            count = length - _LONG_LENGTH
            begin += count
            if not 0 < count <= _MAXIMUM_LENGTH_BYTES or begin > limit:
                raise ValueError("a length is indefinite, too long or cut off")
            length = int.from_bytes(data[begin - count : begin], "big")
            if length < _LONG_LENGTH or length >> 8 * (count - 1) == 0:
                raise ValueError("a length is not in its shortest form")
        self.begin, self.end = begin, begin + length
        if self.end > limit:
            raise ValueError("an element is cut off")

    @property
    def content(self) -> bytes:
        """The bytes of the content."""
        return self.data[self.begin : self.end]

    @property
    def whole(self) -> bytes:
        """The bytes of the element, tag and length included."""
        return self.data[self.start : self.end]

    def children(self) -> list[Element]:
        """Read the elements that this one is made of; raises ValueError where they do not fill it exactly."""
        found: list[Element] = []
        position = self.begin
        while position < self.end:
            found.append(Element(self.data, position, self.end))
            position = found[-1].end
        return found


def only_element(data: bytes, tag: int) -> Element:
    """Read `data` as exactly one element with this tag; raises ValueError."""
    element = Element(data, 0, len(data))
    if element.end != len(data):
        raise ValueError("something follows the element")
    return expect(element, tag)


def expect(element: Element, tag: int) -> Element:
    """Return `element` if it has this tag; raises ValueError."""
    if element.tag != tag:
        raise ValueError(f"an element has the tag {element.tag:#04x} and not {tag:#04x}")
    return element


def unsigned_integer(element: Element) -> int:
    """Read an INTEGER that is not negative, in its shortest form; raises ValueError."""
    content = expect(element, INTEGER).content
    if not content or content[0] >= _LONG_LENGTH:
        raise ValueError("a number is empty or negative")
    if len(content) > 1 and content[0] == 0 and content[1] < _LONG_LENGTH:
        raise ValueError("a number is not in its shortest form")
    return int.from_bytes(content, "big")
