"""The lines of an invitation: a meeting's number, or a passcode that is called one, in the languages of Zoom."""

from __future__ import annotations

import re
from typing import Final

from bot.redaction.decode import decode
from bot.redaction.fold import fold


def _labels(*labels: str) -> str:
    """A pattern for any of these labels, folded."""
    folded = (fold(label).split() for label in labels)
    return "|".join(r"[\W_]{0,3}".join(map(re.escape, words)) for words in folded)


_NUMBERED: Final = _labels(
    *("meeting id", "meeting-id", "webinar id", "meeting number"),
    *("zoom id", "zoom number", "zoom meeting", "zoom room"),
    *("id de reunión", "id de la reunión", "id de seminario web", "número de reunión", "id del seminario web"),
    *("id de réunion", "n° de réunion", "numéro de réunion", "id da reunião", "id riunione", "vergader id"),
    *("identyfikator spotkania", "id spotkania", "toplantı kimliği", "toplantı id"),
    *("mötes-id", "møde-id", "kokouksen id"),
    *("идентификатор конференции", "ідентифікатор конференції", "ミーティングID", "ミーティング ID", "회의 ID"),
    *("会议号", "会议 ID", "會議 ID", "會議號", "id cuộc họp", "id rapat", "meeting kennnummer", "besprechungs id"),
)
PASSCODE_LABELS: Final = (
    *("passcode", "password", "pass code", "pwd", "pw"),
    *("código de acceso", "contraseña", "clave de acceso", "kenncode"),
    *("passwort", "code secret", "mot de passe", "senha de acesso", "senha", "codice d’accesso", "codice d'accesso"),
    *("toegangscode", "wachtwoord", "kod dostępu", "hasło", "parola", "код доступа", "пароль", "код доступу"),
    *("パスコード", "パスワード", "암호", "비밀번호", "密码", "密碼"),
    *("mật mã", "mật khẩu", "kode sandi", "lösenkord", "lösenord"),
    *("lösenkod", "adgangskode", "passkode", "code d’accès", "code d'accès", "código de la reunión"),
    *("通行码", "通行碼", "패스코드", "geçiş kodu", "şifre", "kata sandi", "kode akses", "mã truy cập", "kennwort"),
    *(
        "kennung",
        "zugangscode",
        "código de acesso",
        "palavra-passe",
        "codice di accesso",
        "åtkomstkod",
        "passord",
        "jelszó",
    ),
    *("tunnuskoodi", "pääsykoodi", "salasana", "heslo"),
    *("přístupový kód", "cod de acces", "parolă", "κωδικός πρόσβασης"),
    *("קוד גישה", "סיסמה", "رمز المرور", "كلمة المرور", "รหัสผ่าน", "पासकोड"),
)
BRIEF_LABELS: Final = ("código", "codigo", "clave", "code", "codice", "pin", "pass")
"""What may mean a passcode and often means something else."""
BETWEEN: Final = (
    r"(?:\s(?:de|del|des|da|do|du|of|for|para|pour|f[uü]r|zum|to)(?:\s[^\W\d_]{1,15}){1,3})?(?:\s?\([^()\n]{1,30}\))?"
)
"""What may stand between a label and its colon: `Passcode for the meeting (numeric): 123456`."""
NO_PASSCODE: Final = re.compile(
    r"(?:.*(?:ed|ad[oa]|id[oa]|[ao]ri[oa])|none|sent|below|above|inside|secret|private|personal|optional|missing|unknown"
    r"|unnecessary|mandatory|different|given|hidden|here|soon|later|e?-?mail|correo|ningun[oa]|nada|opcional|secret[oa]"
    r"|distint[oa]|abajo|arriba|pronto|aqui|same)"
)
"""What is said of a passcode and is none, folded: `The passcode is sent.`"""
HOST_KEY: Final = (
    r"\b(?:(?:host|claim)(?:['’]s)?[\s-]?(?:key|code|pin|passcode|password)"
    r"|(?:clave|c[oó]digo|pin|contrase[nñ]a)\s(?:de|del)\s(?:el\s|la\s)?(?:host|anfitri[oó]na?|organizadora?)"
    r"|cl[eé]\sd(?:e\s|['’])(?:l['’])?h[oôö]te|host-?schl(?:ü|u|ue)ssel|chave\sdo\s(?:host|anfitri[aã]o))"
)
"""What makes one the host of the meeting: no passcode, and for nobody's eyes."""
_NAMED: Final = _labels(*PASSCODE_LABELS, "access code")
_OF_MEETING: Final = (
    r"\b(?:zoom|meeting)\s(?:access\s)?code|\b(?:codigo|code)\s(?:de|del|da|do|du|for|of|para)\s(?:[a-z]{1,4}\s)?"
    r"(?:zoom|meeting|room|reunion|reuniao|sala|sesion|encuentro)"
)
_WORD: Final = re.compile(
    rf"""\b(?:{
        _labels(
            *("passcode", "password", "pass code", "contraseña", "código de acceso", "clave de acceso"),
            *("kenncode", "passwort", "mot de passe", "senha"),
        )
    }){
        BETWEEN
    }(?:\s?[*_]{{0,2}}[:=][*_]{{0,2}}\s?|\s(?:is|es)\s)["'“]?(?P<word>[a-z][a-z0-9@*_-]{{3,20}})["'”]?[.!)]{{0,2}}\s*$""",
    re.VERBOSE,
)
"""A word that is said to be the passcode and ends its line."""
_BRIEF: Final = _labels("código", "code", "clave", "pin", "codice", "kode", "kod", "koodi", "код")
NEAR_PASSCODE: Final = re.compile(f"{_NAMED}|{_BRIEF}")
_INVITATION: Final = re.compile(
    rf"""(?:{_NUMBERED})[^a-z0-9]{{0,6}}(?:(?:is|es|ist|est|e|:)[^a-z0-9]{{0,4}})?\d{{3}}[\W_]{{0,3}}\d{{3,4}}[\W_]{{0,3}}\d{{3,4}}
      | (?:z[o0]{{2}}m|meeting|reunion|webinar)[^a-z0-9]{{1,3}}(?:(?:is|es|id)[^a-z0-9]{{1,3}}){{0,2}}
        \d{{3}}[ .-]?\d{{3,4}}[ .-]?\d{{3,4}}(?!\d)
      | \bid[^a-z0-9]{{1,3}}(?:(?:is|es)[^a-z0-9]{{1,3}})?\d{{3}}[ .-]?\d{{4}}[ .-]?\d{{4}}(?!\d)
      | \b(?:clave|pin|pass|pw|contrasena){BETWEEN}(?:\ ?:\ ?|\ )(?=[a-z]{{0,8}}\d)[a-z0-9]{{6,20}}(?![a-z0-9])
      | (?:{_NAMED}|{_OF_MEETING}){BETWEEN}(?:\ ?[:=–-]\ ?|\ (?:is|es|ist|est|e)\ )
        (?!\d{{1,2}}[:.h]\d\d)(?=[^\s\d]{{0,30}}\d)[^\s,;]{{4,60}}(?:[\s,;.)]|$)
      | (?:{HOST_KEY})[^a-z0-9]{{1,6}}(?:(?:is|es|ist|est|e)\ )?\d{{4}}
      | ,,\d{{9,12}}\#
      | (?:{_NAMED})(?:[^a-z0-9]{{1,6}}(?:for\ \w{{1,12}}\ )?(?:is|es|ist|est|e|era|will\ be)\b)?[^a-z0-9+(]{{1,6}}
        (?=[^\s\d]{{0,30}}\d)[^\s,;]{{4,60}}(?:[\s,;.)]|$)""",
    re.VERBOSE,
)


_MIXED: Final = re.compile(
    r"(?<![a-z0-9/@._%=-])(?=[a-z0-9]{0,8}(?:\d[a-z]{1,8}\d|[a-z]\d{1,8}[a-z]))[a-z0-9]{6,10}(?![a-z0-9/@_%=-])"
)
"""A word in which letters and digits take turns, as in most passcodes that Zoom makes."""
_OTHER_CODE: Final = (
    r"(?<!zip\s)(?<!post\s)(?<!postal\s)(?<!area\s)(?<!dress\s)(?<!promo\s)(?<!coupon\s)(?<!discount\s)"
)
_WITHIN: Final = r"[^.!?;()\"]{0,20}"
_CALLED: Final = re.compile(rf"\b(?:{_NAMED})\b")
_CALLED_BEFORE: Final = re.compile(rf"\b{_OTHER_CODE}(?:{_BRIEF})\b{_WITHIN}$")
_CALLED_AFTER: Final = re.compile(rf"{_WITHIN}\b{_OTHER_CODE}(?:{_BRIEF})\b")
_FAR: Final = 40


def _is_called_code(text: str, word: re.Match[str]) -> bool:
    """Whether what stands near a word calls it a passcode; what may mean another code has to stand nearer."""
    before, after = text[max(0, word.start() - _FAR) : word.start()], text[word.end() : word.end() + _FAR]
    return bool(
        _CALLED.search(before) or _CALLED.search(after) or _CALLED_BEFORE.search(before) or _CALLED_AFTER.match(after)
    )


def is_invitation(text: str) -> bool:
    return _INVITATION.search(text) is not None or any(_is_called_code(text, word) for word in _MIXED.finditer(text))


def says_word(text: str) -> bool:
    """Whether a line of it ends with a word of letters that is said to be the passcode: `Passcode: gratitude`."""
    found = (_WORD.search(fold(line)) for line in text.splitlines())
    return any(match is not None and NO_PASSCODE.fullmatch(match["word"]) is None for match in found)


def holds_invitation(line: str) -> bool:
    """Whether it is a line of an invitation: a meeting's number, or a passcode that is said to be one."""
    text = decode(line)
    return text is None or is_invitation(text)
