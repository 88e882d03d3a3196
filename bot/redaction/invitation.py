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
NEAR_PASSCODE: Final = re.compile(
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


def is_invitation(text: str) -> bool:
    return _INVITATION.search(text) is not None


def holds_invitation(line: str) -> bool:
    """Whether it is a line of an invitation: a meeting's number, or a passcode that is said to be one."""
    text = decode(line)
    return text is None or is_invitation(text)
