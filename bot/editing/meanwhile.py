"""What a colleague changed while a form stood open, so that sending it undoes none of that.

The form carries a digest of each value that it showed. A field that was left as it was shown takes what stands now;
one that both have changed keeps what was typed, and says what stands now.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from zlib import crc32

from bot.arguments import Option
from bot.editing import texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale
from bot.request import Call

SHOWN = Option("as", str, limit=40)
_LENGTH, _ZONE_LENGTH = 5, 2
_ZONE = re.compile(r" [A-Za-z]\S*$", re.MULTILINE)


def call(name: str, gathering: Gathering, values: Mapping[str, str]) -> Call:
    """That of a form which opens with these values."""
    return Call.of(name, gathering=gathering.id, **{SHOWN.name: _digests(values)})


def nothing(stored: Mapping[str, str], before: str) -> bool:
    """Whether it stands as the form showed it."""
    return before == _digests(stored)


def _digests(values: Mapping[str, str]) -> str:
    return "".join(map(_digest, values.values()))


def merged(
    locale: Locale, stored: Mapping[str, str], typed: Mapping[str, str], before: str
) -> tuple[dict[str, str], dict[str, str]]:
    """The values to show again, with an error for each that was changed meanwhile; no error where none was.

    `stored`: what stands now, in the order in which `call` read it into `before`.
    """
    values, errors = dict(typed), dict[str, str]()
    for place, (name, now) in enumerate(stored.items()):
        opened_with = before[place * _LENGTH : (place + 1) * _LENGTH]
        mine = typed.get(name, "")
        sent = _digest(mine, unsaid=opened_with[-_ZONE_LENGTH:])
        if _digest(now) in {opened_with, sent}:
            continue
        untouched = sent == opened_with
        values[name] = now if untouched else mine
        errors[name] = texts.changed_meanwhile(locale) if untouched else texts.changed_by_both(locale, now)
    return values, errors


def _digest(value: str, unsaid: str = "") -> str:
    """Of the text, and then of the zone of its times.

    Blanks are as the platform likes them, and pickers leave out the zone that the form names: it is `unsaid` then.
    """
    zone = _ZONE.search(value.partition("\n")[0]) if re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d", value) else None
    plain = re.sub(rf"{re.escape(zone[0])}$", "", value, flags=re.MULTILINE) if zone else value
    of_zone = unsaid if zone is None and unsaid else _short(zone[0].strip() if zone else "", _ZONE_LENGTH)
    return _short(" ".join(plain.split()), _LENGTH - _ZONE_LENGTH) + of_zone


def _short(text: str, length: int) -> str:
    return urlsafe_b64encode(crc32(text.encode()).to_bytes(4))[:length].decode()
