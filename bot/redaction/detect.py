"""Whether a text that others will read gives away a way in.

`gives_away(text, *links)` is the one place that decides it, for every door: forms, files, notes, messages, topics,
names, exports. It is true when the text holds, however it is wrapped or spelled,

- the address of a room at Zoom or another service of that kind, or an app link to one,
- an address that carries a passcode, or an invitation's line with a meeting number or a passcode,
- of the given links: the address, the meeting number, or the passcode (one of fewer than `SHORTEST_PASSCODE`
  characters only beside a word like "passcode"; it might be a year),
- a member's personal address below `public_url`.

It is not true for public addresses, telephone numbers, years and times.

How: the text is decoded until nothing changes any more and folded to small Latin letters and ASCII digits; then it
is searched as it stands, without its spaces, and as letters and digits alone. Every step takes time that grows with
the length of the text and not faster: each pattern has bounded repetition or none that overlaps with what follows.
"""

from __future__ import annotations

import base64
import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from bot.secrets import ZoomLink, redacted

SHORTEST_PASSCODE = 6
"""A passcode is looked for anywhere in a text from so many characters on: a shorter one may be a word, or a year."""
ROUNDS = 10
"""How often a text is decoded. Nobody writes one that still changes after that, unless to hide something in it."""
LIGATURE = 5
"""Characters that one may stand for; the few with more are whole phrases, and would only make a text longer."""


def gives_away(text: str, *links: ZoomLink | None, public_url: str = "") -> bool:
    """Whether it holds the address of any room, or one of these links in part or whole (see the module)."""
    plain = _unwrapped(text)
    if plain is None:
        return True
    owned = [_owned(link) for link in links if link is not None]
    personal = _bare_address(public_url) if public_url else ""
    return any(
        _holds_room(reading) or any(own.within(reading) for own in owned) or (personal and reading.personal(personal))
        for reading in map(_Reading.of, _readings(plain))
    )


def holds_room(text: str) -> bool:
    """Whether it gives away the address of a room, whosever it is."""
    return gives_away(text)


def without_rooms(text: str, *links: ZoomLink | None, instead: str = redacted, public_url: str = "") -> str:
    """The text without what it gives away: words where that is enough, else lines, else all of it."""

    def leaks(part: str) -> bool:
        return gives_away(part, *links, public_url=public_url)

    if not leaks(text):
        return text
    kept = "\n".join(_without_words(line, leaks, instead) if leaks(line) else line for line in text.split("\n"))
    return instead if leaks(kept) else kept


def _without_words(line: str, leaks: Callable[[str], bool], instead: str) -> str:
    words = re.split(r"(\s+)", line)
    kept = "".join(_bracketed(word, instead) if leaks(word) else word for word in words)
    return instead if leaks(kept) else kept


def _bracketed(word: str, instead: str) -> str:
    """In place of a word, with the brackets before it and the full stop after it."""
    begins = len(word) - len(word.lstrip("([<\"'"))
    ends = len(word[begins:].rstrip(")]>\"'.,;:!?")) + begins
    return f"{word[:begins]}{instead}{word[ends:]}"


_ENTITY: Final = re.compile(r"&(?:#0*[0-9]{1,7}|#[xX]0*[0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});?")
_AMPERSANDS: Final = re.compile(r"&(?:amp;|#38;|#x26;)+", re.IGNORECASE)
_PERCENTS: Final = re.compile(r"%(?:25)+(?=[0-9a-fA-F]{2})")
_ESCAPED: Final = re.compile(r"(?:\\u|%u|\\U0000)([0-9a-fA-F]{4})|\\u\{0{0,4}([0-9a-fA-F]{2,5})\}|\\x([0-9a-fA-F]{2})")
_BASE64: Final = re.compile(r"(?:aHR0c|em9vb|d3d3L)[A-Za-z0-9+/_-]+={0,2}|[A-Za-z0-9+_-]{16,}={0,2}")
"""What begins with `http`, `zoom` or `www.` in base64, as some newsletters wrap their links, or may be any text."""
_TAG: Final = re.compile(
    r"</?(?:wbr|b|i|u|s|em|strong|span|font|code|tt|p|br|div|sup|sub)\b[^<>]{0,200}>", re.IGNORECASE
)
_COMMENT: Final = re.compile(r"<!--[^<>]{0,200}-->")


def _unwrapped(text: str) -> str | None:
    """Decoded and folded until nothing changes; None when that does not come to an end."""
    for step in (_decoded, lambda now: _decoded(now).translate(_folding)):
        for _ in range(ROUNDS):
            before, text = text, step(text)
            if text == before:
                break
        else:
            return None
    return text


def _decoded(text: str) -> str:
    if "&" in text:
        text = _ENTITY.sub(lambda found: html.unescape(found[0]), _AMPERSANDS.sub("&", text))
    if "%" in text:
        text = unquote(_PERCENTS.sub("%", text), errors="ignore")
    if "\\" in text or "%u" in text:
        text = _ESCAPED.sub(_character, text)
    if "<" in text:
        text = _TAG.sub("", _COMMENT.sub("", text))
    return _BASE64.sub(_from_base64, text)


def _character(found: re.Match[str]) -> str:
    code = int(next(filter(None, found.groups())), 16)
    return chr(code) if code <= 0x10FFFF else ""


def _from_base64(found: re.Match[str]) -> str:
    """What it says, where that is text from end to end; what only looks like base64 hardly ever is."""
    written = found[0].rstrip("=").replace("+", "-").replace("/", "_")
    written = written[: len(written) - (len(written) % 4 == 1)]
    try:
        meant = base64.urlsafe_b64decode(written + "=" * (-len(written) % 4)).decode()
    except ValueError:
        return found[0]
    return found[0] if _CONTROLS.search(meant) else meant


_CONTROLS: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_LOOKALIKES: Final = {
    **dict.fromkeys("аαаɑᴀⲁꓮᎪ", "a"),
    **dict.fromkeys("вβʙᏴꓐ", "b"),
    **dict.fromkeys("сϲᴄⲥꓚᏟ", "c"),
    **dict.fromkeys("ԁᴅđꓓᎠ", "d"),
    **dict.fromkeys("еєεҽᴇⲉꓰᎬ", "e"),
    **dict.fromkeys("ғϝꜰꓝ", "f"),
    **dict.fromkeys("ɡցԍɢꓖᏀ", "g"),
    **dict.fromkeys("нһհʜⲏꓧᎻ", "h"),
    **dict.fromkeys("іıιɩɪⲓꓲᎥӏ", "i"),
    **dict.fromkeys("јϳյᴊꓙᎫ", "j"),
    **dict.fromkeys("кκᴋⲕꓗᏦ", "k"),
    **dict.fromkeys("łʟⳑꓡᏞ", "l"),
    **dict.fromkeys("мμᴍɱⲙꓟᎷ", "m"),
    **dict.fromkeys("пηոɴⲛꓠ", "n"),
    **dict.fromkeys("оοσօᴏøⲟꓳଠဝ〇ⵔ๐", "o"),
    **dict.fromkeys("рρᴘⲣꓑᏢ", "p"),
    **dict.fromkeys("ԛզ", "q"),
    **dict.fromkeys("гʀᴦꓣᎡ", "r"),
    **dict.fromkeys("ѕꜱʂⲋꓢᏚՏ", "s"),
    **dict.fromkeys("тτᴛⲧꓔᎢ", "t"),
    **dict.fromkeys("υսᴜʋцꓴ", "u"),
    **dict.fromkeys("ѵνᴠꓦᏙ", "v"),
    **dict.fromkeys("ԝωᴡꓪᎳ", "w"),
    **dict.fromkeys("хχⲭꓫ", "x"),
    **dict.fromkeys("уүγʏⲩꓬ", "y"),
    **dict.fromkeys("ᴢʐƶȥʑⱬζⲍꓜᏃ", "z"),
    **dict.fromkeys("。․‧∙·•⸱᛫", "."),
    **dict.fromkeys("⁄∕⧸╱⟋〳", "/"),
    **dict.fromkeys("⧵╲⟍∖", "\\"),
    **dict.fromkeys("∶ː꞉ꓽ׃", ":"),
}
_UNSEEN: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\u17b4\u17b5")
"""Letters and signs that show as nothing, beside those whose category says so."""
_LETTER_SIGNS: Final = (0x1F1E6, 0x1F150, 0x1F170, 0x1F130)
"""Where the letters A to Z stand in a row as signs: flags, and white on black in circles and squares."""


class _Folding(dict[int, str]):
    """For `str.translate`: each character as small Latin letters, ASCII digits or what it looks like, or nothing."""

    def __missing__(self, code: int) -> str:
        meant = unicodedata.normalize("NFKD", chr(code).casefold())
        folded = "".join(map(_folded, meant)) if len(meant) <= LIGATURE else ""
        if len(self) < 20_000:
            self[code] = folded
        return folded


def _folded(character: str) -> str:
    if character.isspace():
        return " "
    if character in _UNSEEN or unicodedata.category(character) in {"Cc", "Cf", "Cs", "Cn", "Mn", "Me"}:
        return ""
    if character in _LOOKALIKES:
        return _LOOKALIKES[character]
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    for first in _LETTER_SIGNS:
        if first <= ord(character) < first + 26:
            return chr(ord("a") + ord(character) - first)
    return character


_folding: Final = _Folding()


def _readings(plain: str) -> Iterator[str]:
    """What may be meant by it: as it stands, and as link guards with an alphabet of their own have it."""
    yield plain
    if "_" in plain or "-" in plain:  # Proofpoint, v2
        before, now = plain, plain
        for _ in range(4):
            now = _unwrapped(_HYPHENED.sub(_hex, now.replace("_", "/"))) or ""
            if now == before:
                break
            yield now
            before = now
    if "*" in plain:  # Proofpoint, v3
        yield _STARS.sub("//", plain).replace("*", "/")
    if "=2f" in plain or "=3a" in plain or "=2e" in plain:  # quoted-printable
        yield _QUOTED.sub(_hex, plain)


_HYPHENED: Final = re.compile(r"-([0-9a-f]{2})")
_QUOTED: Final = re.compile(r"=([0-9a-f]{2})")
_STARS: Final = re.compile(r"\*\*[a-z0-9_-]")


def _hex(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))


_DOT: Final = re.compile(r"[^a-z0-9/]{1,3}(?:dot|punto|ponto|point|punkt)[^a-z0-9/]{1,3}")
_SLASH: Final = re.compile(r"[^a-z0-9/]{0,3}\b(?:forward ?)?(?:slash|barra)\b[^a-z0-9/]{0,3}")
_DIGIT_WORDS: Final = {
    word: str(digit)
    for words in (
        "zero one two three four five six seven eight nine",
        "cero uno dos tres cuatro cinco seis siete ocho nueve",
        "oh",
    )
    for digit, word in enumerate(words.split())
}
_WORDS: Final = re.compile(r"[a-z]+")
_NOT_BARE: Final = re.compile(r"[^a-z0-9/ ]+")
_NOT_LETTERS: Final = re.compile(r"[\W_]+")
_ALIKE: Final = str.maketrans("oil|", "0111")


@dataclass(frozen=True, slots=True)
class _Reading:
    spaced: str
    squeezed: str
    """Without spaces: an address may be broken by them."""
    bare: str
    """Letters, digits and slashes, and the spaces between: `zoom[.]us/j/8`."""
    letters: str
    """Letters and digits alone, with those that look alike as one: a number or a passcode, however it is grouped."""

    @classmethod
    def of(cls, text: str) -> _Reading:
        spaced = _SLASH.sub("/", _DOT.sub(".", text.replace("\\", "/")))
        squeezed = spaced.replace(" ", "")
        return cls(spaced, squeezed, _NOT_BARE.sub("", spaced), _NOT_LETTERS.sub("", squeezed).translate(_ALIKE))

    def spoken_digits(self) -> str:
        """Digits that are written as words are digits, too."""
        return _NOT_LETTERS.sub("", _WORDS.sub(lambda found: _DIGIT_WORDS.get(found[0], found[0]), self.spaced))

    def spoken_letters(self) -> str:
        return self.spoken_digits().translate(_ALIKE)

    def personal(self, address: str) -> bool:
        return any(f"{address}/{page}/" in self.squeezed for page in ("join", "calendar", "me", "confirm"))


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
    r"""meet\.google\.com/{1,9}(?:lookup/|[a-z]{3}-?[a-z]{4}-?[a-z]{3}(?![a-z])) | g\.co/{1,9}meet/[a-z0-9]
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


def _holds_room(reading: _Reading) -> bool:
    return any(pattern.search(reading.squeezed) for pattern in (_DIRECT, _APP, _ELSEWHERE, _WITH_PASSCODE)) or (
        _BARE.search(reading.bare.replace(" ", "")) is not None
        or _invites(reading.spaced)
        or ("m." in reading.spaced and any(map(_leads_in, reading.spaced.split(" "))))
    )


def _leads_in(word: str) -> bool:
    """Whether an address at Zoom is more than a public page there, wherever in it that is said."""
    host = _HOST.search(word)
    if host is None:
        return False
    return _PATH.search(word, host.end()) is not None or (
        "/hc/" not in word and "/" in word[host.end() : host.end() + 8] and _NUMBER.search(word, host.end()) is not None
    )


def _labels(*written: str) -> str:
    """A pattern for any of these words as they are once folded."""
    folded = (each.translate(_folding).split() for each in written)
    return "|".join(r"[\W_]{0,3}".join(map(re.escape, words)) for words in folded)


_NUMBERED: Final = _labels(
    *(
        "meeting id",
        "meeting-id",
        "webinar id",
        "meeting number",
        "zoom id",
        "zoom number",
        "zoom meeting",
        "zoom room",
    ),
    *("id de reunión", "id de la reunión", "id de seminario web", "número de reunión", "id del seminario web"),
    *("id de réunion", "n° de réunion", "numéro de réunion", "id da reunião", "id riunione", "vergader id"),
    *(
        "identyfikator spotkania",
        "id spotkania",
        "toplantı kimliği",
        "toplantı id",
        "mötes-id",
        "møde-id",
        "kokouksen id",
    ),
    *("идентификатор конференции", "ідентифікатор конференції", "ミーティングID", "ミーティング ID", "회의 ID"),
    *("会议号", "会议 ID", "會議 ID", "會議號", "id cuộc họp", "id rapat", "meeting kennnummer", "besprechungs id"),
)
PASSCODE_LABELS: Final = (
    *(
        "passcode",
        "password",
        "pass code",
        "pwd",
        "pw",
        "código de acceso",
        "contraseña",
        "clave de acceso",
        "kenncode",
    ),
    *("passwort", "code secret", "mot de passe", "senha de acesso", "senha", "codice d’accesso", "codice d'accesso"),
    *("toegangscode", "wachtwoord", "kod dostępu", "hasło", "parola", "код доступа", "пароль", "код доступу"),
    *(
        "パスコード",
        "パスワード",
        "암호",
        "비밀번호",
        "密码",
        "密碼",
        "mật mã",
        "mật khẩu",
        "kode sandi",
        "lösenkord",
        "lösenord",
    ),
    *("lösenkod", "adgangskode", "passkode", "code d’accès", "code d'accès", "código de la reunión"),
    *("通行码", "通行碼", "패스코드", "geçiş kodu", "şifre", "kata sandi", "kode akses", "mã truy cập", "kennwort"),
    *("zugangscode", "código de acesso", "palavra-passe", "codice di accesso", "åtkomstkod", "passord", "jelszó"),
    *(
        "tunnuskoodi",
        "pääsykoodi",
        "salasana",
        "heslo",
        "přístupový kód",
        "cod de acces",
        "parolă",
        "κωδικός πρόσβασης",
    ),
    *("קוד גישה", "סיסמה", "رمز المرور", "كلمة المرور", "รหัสผ่าน", "पासकोड"),
)
_NAMED: Final = _labels(*PASSCODE_LABELS)
_NEAR: Final = re.compile(
    _NAMED + "|" + _labels("código", "code", "clave", "pin", "codice", "kode", "kod", "koodi", "код")
)
_INVITATION: Final = re.compile(
    rf"""(?:{_NUMBERED})[^a-z0-9]{{0,6}}(?:(?:is|es|ist|est|e|:)[^a-z0-9]{{0,4}})?\d{{3}}[\W_]{{0,3}}\d{{3,4}}[\W_]{{0,3}}\d{{3,4}}
      | (?:z[o0]{{2}}m|meeting|reunion|webinar)[^a-z0-9]{{1,3}}(?:(?:is|es|id)[^a-z0-9]{{1,3}}){{0,2}}
        \d{{3}}[ .-]?\d{{3,4}}[ .-]?\d{{3,4}}(?!\d)
      | \bid[^a-z0-9]{{1,3}}(?:(?:is|es)[^a-z0-9]{{1,3}})?\d{{3}}[ .-]?\d{{4}}[ .-]?\d{{4}}(?!\d)
      | \b(?:clave|pin|pass|pw|contrasena)\ ?:\ ?(?=[a-z]{{0,8}}\d)[a-z0-9]{{6,20}}(?![a-z0-9])
      | ,,\d{{9,12}}\#
      | (?:{_NAMED})(?:[^a-z0-9]{{1,6}}(?:for\ \w{{1,12}}\ )?(?:is|es|ist|est|e|era|will\ be)\b)?[^a-z0-9+(]{{1,6}}
        (?=[^\s\d]{{0,30}}\d)[^\s,;]{{4,60}}(?:[\s,;.)]|$)""",
    re.VERBOSE,
)


def _invites(text: str) -> bool:
    return _INVITATION.search(text) is not None


def invites(line: str) -> bool:
    """Whether it is a line of an invitation: a meeting's number, or a passcode that is said to be one."""
    plain = _unwrapped(line)
    return plain is None or _invites(plain)


@dataclass(frozen=True, slots=True)
class _Own:
    """What of one link must not be read by others, folded as the texts are."""

    address: re.Pattern[str] | None
    bare: re.Pattern[str] | None
    numbers: tuple[str, ...]
    passcodes: tuple[_Passcode, ...]

    def within(self, reading: _Reading) -> bool:
        return (
            (
                self.address is not None
                and bool(self.address.search(reading.spaced) or self.address.search(reading.squeezed))
            )
            or (self.bare is not None and self.bare.search(reading.bare) is not None)
            or any(number in reading.letters or number in reading.spoken_digits() for number in self.numbers)
            or any(passcode.within(reading) for passcode in self.passcodes)
        )


@dataclass(frozen=True, slots=True)
class _Passcode:
    whole: str
    letters: str
    standing: re.Pattern[str]
    """As a word of its own, or letter by letter."""

    @classmethod
    def of(cls, typed: str) -> _Passcode | None:
        whole = (_unwrapped(typed) or typed.casefold()).replace(" ", "")
        if not whole:
            return None
        letters = [re.escape(each) for each in whole]
        apart = r"[\W_]{1,3}".join(letters)
        standing = re.compile(rf"(?<![^\W_])(?:{''.join(letters)}|{apart})(?![^\W_])")
        return cls(whole, _NOT_LETTERS.sub("", whole).translate(_ALIKE), standing)

    def within(self, reading: _Reading) -> bool:
        if len(self.whole) >= SHORTEST_PASSCODE:
            if self.standing.search(reading.spaced) or (not self.whole.isalnum() and self.whole in reading.squeezed):
                return True
            # What is letters alone might be found across the words of any sentence.
            return (
                len(self.letters) >= SHORTEST_PASSCODE
                and not self.whole.isalpha()
                and (self.letters in reading.letters or self.letters in reading.spoken_letters())
            )
        return any(
            _NEAR.search(reading.spaced, max(0, found.start() - 40), min(len(reading.spaced), found.end() + 30))
            for found in self.standing.finditer(reading.spaced)
        )


@lru_cache(maxsize=256)
def _owned(link: ZoomLink) -> _Own:
    address, plain = link.reveal(), _bare_address(link.reveal())
    try:
        parts = urlsplit(address)
        query = parse_qsl(parts.query) + parse_qsl(parts.fragment)
    except ValueError:
        return _Own(None, None, (), ())
    whole = plain
    last = parts.path.rstrip("/").rpartition("/")[2]
    if parts.query and (not last or "." in last):  # the page alone says nothing: /room.php?id=5
        whole = f"{plain}?{_unwrapped(parts.query) or ''}"
    path = _NOT_BARE.sub("", whole.partition("/")[2])
    secret = [link.passcode(), *(value for name, value in query if name.lower() in _SECRET)]
    numbers = {
        re.sub(r"\D", "", each) for each in [*re.split(r"[/?&=#]", address)] if re.fullmatch(r"[\d\s.-]{9,20}", each)
    }
    ends = r"(?![a-z0-9])" if path else r"(?!/?[a-z0-9])"
    bare = _NOT_BARE.sub("", whole)
    return _Own(
        re.compile(rf"(?<![a-z0-9]){re.escape(whole)}{ends}") if whole else None,
        re.compile(rf"(?<![a-z0-9]){re.escape(bare)}{ends}") if bare else None,
        tuple(sorted(numbers)),
        tuple(filter(None, map(_Passcode.of, secret))),
    )


_SECRET: Final = {"pwd", "passcode", "password", "tk", "pin", "code", "token", "mpwd"}


def _bare_address(address: str) -> str:
    """Host and path, folded, as they are found in a text however the address is written there."""
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return ""
    port = f":{parts.port}" if _port(address) else ""
    return (_unwrapped(f"{host}{port}{parts.path}") or "").rstrip("/")


def _port(address: str) -> bool:
    try:
        return urlsplit(address).port is not None
    except ValueError:
        return False
