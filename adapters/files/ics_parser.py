"""Parses iCalendar's content lines (RFC 5545, 3.1) into components and properties, with line numbers.

`icalendar`, which writes our exports, is not used here: it fails as a whole on one damaged zone (as The Events Calendar
writes it), takes a file that is cut off, or has the line ends of an old Mac, for one without entries, and does not say
on which line anything is, which every refusal here does.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from adapters.files.rows import Diagnostic, ImportRejected

DEPTH_LIMIT = 10
_LINE = re.compile(
    r"""(?P<name>[A-Za-z0-9-]{1,60})
        (?P<params>(?:;\s?[A-Za-z0-9-]{1,60}=(?:"[^"]{0,2000}"|[^";:,]{0,2000})(?:,(?:"[^"]{0,2000}"|[^";:,]{0,2000})){0,50}){0,50})
        :(?P<value>.*)""",
    re.VERBOSE | re.DOTALL,
)
_PARAM = re.compile(r';\s?([A-Za-z0-9-]{1,60})=("[^"]*"|[^";:]*)')
_DURATION = re.compile(
    r"\+?P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?", re.IGNORECASE
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Property:
    name: str
    value: str
    params: dict[str, str]
    line: int
    spelt: str
    """The name as written; programs write capitals."""

    @property
    def text(self) -> str:
        """The value without iCalendar's escapes."""
        value = self.value
        if self.params.get("ENCODING", "").upper() == "QUOTED-PRINTABLE":
            value = quopri.decodestring(value.encode()).decode("utf-8", "replace")
        return _ESCAPED.sub(lambda escape: "\n" if escape[1] in "nN" else escape[1], value)


@dataclass(slots=True)
class Component:
    name: str
    line: int
    properties: list[Property] = field(default_factory=list)
    parts: list[Component] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    """Numbers of lines that cannot be parsed."""

    def all(self, name: str) -> list[Property]:
        return [prop for prop in self.properties if prop.name == name]

    def get(self, name: str) -> Property | None:
        return next((prop for prop in self.properties if prop.name == name), None)

    def text(self, name: str) -> str:
        prop = self.get(name)
        return prop.text if prop else ""

    def walk(self, name: str) -> Iterator[Component]:
        for part in self.parts:
            if part.name == name:
                yield part


def read(content: bytes) -> list[Component]:
    """The calendars in a file; raises ImportRejected where it is not a complete calendar."""
    outside = Component("", 0)
    stack = [outside]
    for number, line in _unfolded(content):
        matched = _LINE.fullmatch(line)
        name = matched["name"].upper() if matched else ""
        if matched is None:
            stack[-1].broken.append(number)
        elif name == "BEGIN":
            begun = Component(matched["value"].strip().upper()[:60], number)
            stack[-1].parts.append(begun)
            stack.append(begun)
            if len(stack) > DEPTH_LIMIT:
                raise ImportRejected(
                    [Diagnostic(number, "BEGIN stands inside too many others (export the calendar again)")]
                )
        elif name == "END":
            if len(stack) == 1 or stack[-1].name != matched["value"].strip().upper()[:60]:
                raise not_whole(f"on line {number} something ends that did not begin")
            stack.pop()
        else:
            params = {param.upper(): value.strip('"') for param, value in _PARAM.findall(matched["params"])}
            stack[-1].properties.append(Property(name, matched["value"], params, number, matched["name"]))
    if len(stack) > 1:
        raise not_whole(f"what begins on line {stack[-1].line} does not end")
    calendars = [component for component in outside.parts if component.name == "VCALENDAR"]
    if outside.broken or outside.properties:
        raise not_whole("there is something outside of it")
    return calendars


def iso_duration(text: str) -> timedelta | None:
    """`PT90M` and the like; None for anything else."""
    matched = _DURATION.fullmatch(text.strip())
    if matched is None or not any(matched.groups()):
        return None
    weeks, days, hours, minutes, seconds = (int(number or 0) for number in matched.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def not_whole(why: str) -> ImportRejected:
    return ImportRejected(
        [Diagnostic(0, f"it is not a whole calendar with gatherings in it: {why} (export it again, as .ics)")]
    )


def _unfolded(content: bytes) -> Iterator[tuple[int, str]]:
    """Unfolded lines, each with the number of its first line.

    Works on bytes, since some programs fold in the middle of a character.
    """
    begins, whole = 0, b""
    for number, line in enumerate(re.split(rb"\r\n|\r|\n", content.removeprefix(b"\xef\xbb\xbf")), 1):
        if line[:1] in (b" ", b"\t") and begins:
            whole += line[1:]
            continue
        if whole.strip():
            yield begins, _decoded(begins, whole)
        begins, whole = number, line
    if whole.strip():
        yield begins, _decoded(begins, whole)


def _decoded(number: int, line: bytes) -> str:
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ImportRejected([Diagnostic(number, "it is not UTF-8 text (export it again, or save it as UTF-8)")])
    return text.rstrip()
