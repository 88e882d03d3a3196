"""The addresses of rooms: at Zoom, and at other services of that kind."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from bot.redaction.invitation import is_invitation
from bot.redaction.searchable import SearchableText

_ZOOM: Final = r"z[o0]{2}m(?:gov|-?x|cn)?\.[a-z]{2,20}"
_HOST: Final = re.compile(_ZOOM)
_PATH: Final = re.compile(
    r"/(?:j|w|s|my|wc|u|ejl|meetings?|webinars?|launch|skype)/[/.]*[a-z0-9]|[?&#](?:confno|pwd|tk|meeting_?id)=."
)
_NUMBER: Final = re.compile(r"\d{9}")
_DIRECT: Final = re.compile(
    _ZOOM
    + r"""(?:\.[a-z]{2,3})?\.?(?::\d{0,5})?/[/.]{0,9}
        (?: (?:j|w|s|my|wc|u|ejl|webinars?|launch|skype)/[/.]{0,9}[a-z0-9] | meetings?(?![a-z0-9]) )
      | z[o0]{2}m[a-z0-9-]{0,20}\.[a-z]{2,20}(?:\.[a-z]{2,3})?/{1,9}(?:j|wc|s|w)/{1,9}\d{9}""",
    re.VERBOSE,
)
_BARE: Final = re.compile(
    r"z[o0]{2}m(?:gov|x|cn)?(?:us|com|comcn|de)\d{0,5}/{1,9}(?:j|w|s|my|wc|launch|meeting)/{1,9}[a-z0-9]"
)
_APP: Final = re.compile(
    r"z[o0]{2}mmtg:|z[o0]{2}m(?:us|gov|mtg|phonecall|rc)[a-z0-9]{0,12}:/{2}|msteams:/|(?:confno|conf_?id)=\d"
)
_WITH_PASSCODE: Final = re.compile(r"[?&](?:pwd|tk|passcode|mtid)=[^\s&]")
_ELSEWHERE: Final = re.compile(
    r"""meet\.google\.com/{1,9}(?:lookup/|[a-z]{3}-?[a-z]{4}-?[a-z]{3}(?![a-z])) | tel\.meet/{1,9}[a-z0-9]
      | g\.co/{1,9}meet/[a-z0-9]
      | teams\.(?:microsoft|live|cloud\.microsoft)(?:\.com|\.us)?/[^\s]{0,60}?(?:meetup-join|meet/|pre-join)
      | webex\.com/(?:[^\s]{0,80}?(?:/?j\.php|mtid=) | [^\s]{0,40}?(?:meet|join|m)/[a-z0-9])
      | whereby\.com/{1,9}(?!information|blog|pricing|user|about|org/|terms|privacy|contact|help|support)[a-z0-9]{2}
      | (?:jit\.si|8x8\.vc|gotomeet\.me|join\.skype\.com|meet\.lync\.com|doxy\.me|chime\.aws)/{1,9}[a-z0-9]
      | jitsi[a-z0-9-]{0,30}\.[a-z0-9.-]{2,60}/{1,9}[a-z0-9]
      | (?:gotomeeting|goto|gotowebinar)\.com/{1,9}(?:join/)?\d{6}
      | (?:bbb|bigbluebutton)[a-z0-9-]{0,30}\.[a-z0-9.-]{2,60}/{1,9}(?:b|gl|rooms)/[a-z0-9]
      | \.daily\.co/{1,9}[a-z0-9] | (?:meet\.element\.io|framatalk\.org|kmeet\.infomaniak\.com)/{1,9}[a-z0-9]
      | hangouts\.google\.com/call/ | \d{9,11}(?:\.\w{1,20})?@z[o0]{2}mcrc\.com | z[o0]{2}mcrc\.com/{1,9}[a-z0-9]
      | facetime\.apple\.com/join | signal\.link/call | ringcentral\.com/(?:j|join|w)/ | bluejeans\.com/\d{6}
      | mimecast\.com/[^\s]{0,300}?domain=[^\s&]{0,60}zoom
      | meeting\.tencent\.com/dm/ | bbcollab\.com/(?:guest|collab)""",
    re.VERBOSE,
)


def leads_to_room(text: SearchableText) -> bool:
    return any(pattern.search(text.squeezed) for pattern in (_DIRECT, _APP, _ELSEWHERE, _WITH_PASSCODE)) or (
        _BARE.search(text.bare.replace(" ", "")) is not None
        or is_invitation(text.spaced)
        or ("m." in text.spaced and any(map(_is_room_address, text.spaced.split(" "))))
    )


def _is_room_address(word: str) -> bool:
    """Whether an address at Zoom is more than a public page there, wherever in it that is said."""
    host = _HOST.search(word)
    if host is None:
        return False
    return _PATH.search(word, host.end()) is not None or (
        "/hc/" not in word and "/" in word[host.end() : host.end() + 8] and _NUMBER.search(word, host.end()) is not None
    )


def room_named(address: str) -> str:
    """The same for each way into one room: a meeting's number, whatever the host and the path before it."""
    parts = urlsplit(address.lower())
    number = re.search(r"/(\d{9,11})(?!\d)", parts.path)
    return number[1] if number else f"{parts.netloc}{parts.path.rstrip('/')}"
