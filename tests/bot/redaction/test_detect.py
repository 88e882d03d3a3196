"""A way in is found however it is wrapped or spelled, nothing else is taken for one, and looking costs little."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.redaction.detect import gives_away, holds_room, without_rooms
from bot.secrets import ZoomLink

LINK = ZoomLink("https://us02web.zoom.us/j/81234567890?pwd=hunter22", "98qz77")
ELSEWHERE = ZoomLink("https://meet.example.org/abc", "1234")

ROOMS = [
    "https://us02web.zoom.us/j/81234567890?pwd=hunter22",
    "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fus02web.zoom.us%2Fj%2F81234567890%3Fpwd%3Dx&data=05",
    "https://nam02.safelinks.protection.outlook.com/?url=https%253A%252F%252Fzoom.us%252Fj%252F81234567891",
    "https://nam02.safelinks.protection.outlook.com/?url=https%25253A%25252F%25252Fzoom.us%25252Fj%25252F81234567891",
    "https://protect-eu.mimecast.com/s/abc?domain=zoom.us/j/81234567891",
    "https://protect-eu.mimecast.com/s/AbC12?domain=us02web.zoom.us",
    "https://events.zoom.us/ejl/AbCdEf123",
    "https://urldefense.proofpoint.com/v2/url?u=https-3A__us02web.zoom.us_j_81234567891-3Fpwd-3Dx&d=DwMFaQ",
    "https://urldefense.com/v3/__https://us02web.zoom.us/j/81234567891__;!!abc!x$",
    "https://urldefense.com/v3/__https:**Azoom.us*j*81234567891__;Ly8v!!abc!x$",
    "https://www.google.com/url?q=https://zoom.us/j/81234567891&sa=D",
    "https://slack-redir.net/link?url=https%3A%2F%2Fzoom.us%2Fj%2F81234567891",
    "https://www.linkedin.com/safety/go?url=https%3A%2F%2Fzoom.us%2Fj%2F81234567891",
    "https://l.facebook.com/l.php?u=https%3A%2F%2Fzoom.us%2Fwc%2Fjoin%2F81234567891&h=AT0",
    "https://click.example.com/?to=aHR0cHM6Ly96b29tLnVzL2ovODEyMzQ1Njc4OTE=",
    "https://zoom.us/signin?redirect=%2Fj%2F81234567891",
    "zoommtg://zoom.us/join?confno=81234567890&pwd=x",
    "zoommtg:join?confno=81234567891",
    "zoomus://zoom.us/join?confno=81234567891",
    "https://zoom.us/launch/jc/81234567891",
    "https://zoom.us/wc/81234567891/join",
    "https://zoom.us/wc/join/81234567891",
    "https://zoom.us/s/81234567891",
    "https://zoom.us/w/81234567891",
    "https://zoom.us/my/ada.lovelace",
    "https://acme.zoom.us/my/circle",
    "https://zoom.us/meeting/81234567891",
    "https://zoom.us/meeting/register/tZAkc",
    "https://zoom.us/meeting",
    "https://zoom.us/x/../j/81234567891",
    "https://zoom.us:443//j//81234567891",
    "https:\\\\zoom.us\\j\\81234567891",
    "https://ada:secret@zoom.us/j/81234567891",
    "https://zoom.us./j/81234567891",
    "ZOOM.US/J/81234567891",
    "zoom.us/j/81234567891",
    "https://acme.zoomgov.com/j/1612345678",
    "https://zoom.com/j/81234567891",
    "https://zoom.com.cn/j/81234567891",
    "https://acme.zoom-x.de/j/61234567891",
    "ｚｏｏｍ．ｕｓ／ｊ／８１２３４５６７８９１",  # full width
    "zооm.us/j/81234567891",  # Cyrillic
    "zοοm.us/j/81234567891",  # Greek
    "ᴢᴏᴏᴍ.us/j/81234567891",
    "𝐳𝐨𝐨𝐦.𝐮𝐬/𝐣/𝟖𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗𝟏",
    "🇿🇴🇴🇲.us/j/81234567891",
    "zo\u200bom.us/j/81234567891",
    "zo\u00adom.us/\u2060j/81234567891",
    "zoom\x07.us/j/81234567891",
    "\u202ezoom.us/j/81234567891",
    "z\u0336o\u0336o\u0336m.us/j/81234567891",
    "zöóm.us/j/81234567891",
    "zoom。us/j/81234567891",
    "zoom.us⁄j⁄81234567891",
    "zoom&#46;us&#x2f;j&sol;81234567891",
    "zoom&amp;#46;us/j/81234567891",
    r"https:\/\/zoom.us\/j\/81234567891",
    r"https://zoom.us\u002fj\u002f81234567891",
    "https://zoom.us=2Fj=2F81234567891=3Fpwd=3Dx",
    "zoom . us / j / 81234567891",
    "zoom[.]us/j/81234567891",
    "zoom(dot)us/j/81234567891",
    "zoom dot us slash j slash 81234567891",
    "zoom punto us barra j barra 81234567891",
    "[our room](https://zoom.us/j/81234567891)",
    "<https://zoom.us/j/81234567891|here>",
    "**zoom**.us/`j`/81234567891",
    "zo<wbr>om.us/j/81234567891",
    "https://zo\nom.us/j/81234567891",
    "https://example.org/r?a=1&pwd=abcdef",
    "https://meet.google.com/abc-defg-hij",
    "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0",
    "https://teams.live.com/meet/9312345678901",
    "https://acme.webex.com/meet/ada",
    "https://acme.webex.com/acme/j.php?MTID=m1234",
    "https://whereby.com/healing-room",
    "https://meet.jit.si/HealingRoom",
    "https://meet.goto.com/123456789",
    "https://healing.daily.co/circle",
    "https://bbb.example.org/gl/circle",
    "81234567891@zoomcrc.com",
    "81234567891.991177@zoomcrc.com",
]
INVITATIONS = [
    "Meeting ID: 812 3456 7891",
    "ID de reunión: 812 3456 7891",
    "Meeting-ID: 812 3456 7891",
    "ID de réunion : 812 3456 7891",
    "ID da reunião: 812 3456 7891",
    "ID riunione: 812 3456 7891",
    "Identyfikator spotkania: 812 3456 7891",
    "Toplantı Kimliği: 812 3456 7891",
    "Идентификатор конференции: 812 3456 7891",
    "ミーティングID: 812 3456 7891",
    "회의 ID: 812 3456 7891",
    "会议号：812 3456 7891",
    "會議 ID：812 3456 7891",
    "Zoom 812 3456 7891",
    "Our Zoom is 812-3456-7891",
    "meeting 81234567891",
    "La reunión es 812 3456 7891",
    "El ID es 812 3456 7891",
    "Clave: 99zz11",
    "PIN: 991177",
    "Passcode: 99zz11",
    "The passcode is 99zz11.",
    "Código de acceso: 99zz11",
    "La contraseña es 99zz11",
    "Kenncode: 991177",
    "Code secret : 991177",
    "Mot de passe: 99zz11",
    "Senha de acesso: 991177",
    "Codice d’accesso: 991177",
    "Toegangscode: 991177",
    "Kod dostępu: 991177",
    "Parola: 991177",
    "Код доступа: 991177",
    "パスコード: 991177",
    "암호: 991177",
    "密码：991177",
    "Mật mã: 991177",
    "+13015550100,,81234567891#,,,,*991177#",
    "Contraseña de la reunión: 99zz11",
    "Contraseña del Zoom: 99zz11",
    "Código de acceso de la reunión: 99zz11",
    "Clave de la reunión: 99zz11",
    "Clave 99zz11",
    "Código de Zoom: 99zz11",
    "Passcode for the meeting: 99zz11",
    "Passcode (numeric): 123456",
    "Passcode (case sensitive): 99zz11",
    "Passcode to enter: 99zz11",
    "Password for tonight: 99zz11",
    "Zoom code: 99zz11",
    "PIN 123456",
    "Passcode: gratitude",
    "The passcode is gratitude.",
    "**Passcode:** gratitude",
    "Host key: 123456",
    "Claim key: 123456",
    "Clave de anfitrión: 123456",
    "Mot de passe de la réunion : 99zz11",
    "Kenncode des Meetings: 99zz11",
    "Senha da reunião: 99zz11",
    "La clave es 99zz11, no la compartas.",
    "Código: 99zz11",
    "Use code 99zz11 to come in",
    "Access code: 991177",
    "Enter 99zz11 when asked for the passcode.",
    "Usa 99zz11 como contraseña",
    "Das Passwort lautet 99zz11.",
    "The code to get in will be 99zz11",
    "Kennung: 99zz11",
    "More phone numbers: https://tel.meet/abc-defg-hij?pin=123456789",
]
OWN = [
    "81234567890",
    "812 3456 7890",
    "812-3456-7890",
    "812.3456.7890",
    "(812) 3456 7890",
    "812\u00a03456\u202f7890",
    "8 1 2 3 4 5 6 7 8 9 0",
    "812\n3456\n7890",
    "on 3 812 3456 7890",
    "٨١٢٣٤٥٦٧٨٩٠",
    "８１２３４５６７８９０",
    "8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣9️⃣0️⃣",
    "⑧①②③④⑤⑥⑦⑧⑨⓪",
    "8l2 3456 789O",
    "eight one two three four five six seven eight nine zero",
    "ocho uno dos tres cuatro cinco seis siete ocho nueve cero",
    "ocho uno dos tres cuatro cinco seis siete ocho nueve oh",
    "nine eight qz seven seven",
    "nueve ocho Q Z siete siete",
    "98qz77",
    "98QZ77",
    "9 8 q z 7 7",
    "“98qz77”",
    "98-qz-77",
    "９８ｑｚ７７",
    "hunter22",
    "it is Hunter22!",
    "https://meet.example.org/abc",
    "MEET.EXAMPLE.ORG/abc/",
    "meet[.]example[.]org/abc",
    "https://r.example.com/?u=https%3A%2F%2Fmeet.example.org%2Fabc",
    "the code: 1234",
    "clave 1234",
    "1234 is the passcode",
    "código 1 2 3 4",
]
PUBLIC = [
    "",
    "Grief and Gratitude",
    "We meet on Zoom at 18:00. Us / them.",
    "On Zoom. Usually we begin at 18:05.",
    "Free · 90 minutes on Zoom · 3 December 2026, 18:00 – 19:30 (UTC+01:00)",
    "Call the help line 116 123, +1 800-273-8255, (301) 555-0100 or 024 at any time.",
    "https://healing.example.org/event/circle/?year=2027&month=03",
    "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
    "https://docs.google.com/document/d/1aBcD-efGh_IjklMNop/edit?usp=sharing",
    "https://www.eventbrite.com/e/healing-circle-tickets-812345678912",
    "https://support.zoom.us/hc/en-us/articles/201362193-Joining-a-meeting",
    "https://explore.zoom.us/en/products/meetings/",
    "Get Zoom at zoom.us/download and try it at https://zoom.us/test",
    "his/my/her room on zoom.us",
    "Zoom 5.17 or newer is needed.",
    "Please do not zoom us / judge.",
    "The passcode is sent 24 hours before.",
    "Password protected; you will get the passcode with your reminder.",
    "Passcode: see your mail of 12 March",
    "Contraseña: no hace falta",
    "No passcode needed: 90 minutes",
    "Dress code: 1920s",
    "Discount code SPRING27 for the book; session code GRIEF101",
    "Discount code 20OFF27X, postal code K1A0B1",
    'Book: "The Grief Code" (2nd ed.), B00XYZ123A',
    "No passcode: it lasts 90minutes, from 18h00 to 19h30",
    "Dress code: casual. Please read the code: be kind",
    "Our code of conduct. Código de conducta: 10 reglas",
    "Madrid, zip code 28001",
    "The passcode is required.",
    "Passcode: none",
    "La contraseña es obligatoria.",
    "Contraseña: ninguna",
    "Password for the meeting of 3 December: 18:00",
    "La clave es escuchar. Claves para el duelo: 12 de marzo de 2027",
    "PIN: see your letter. Pass: 2 cups of tea.",
    "The meeting of 3 December 2026; meeting 2027: 18:00",
    "Call our office at 301 555 0100, or 812 345 6789",
    "In 1234 the cathedral was begun; 12 Main Street, room 1234.",
    "https://meet.example.org/about",
    "https://meet.example.org/abcd",
    "ISBN 978-3-16-148410-0",
    "https://meet.google.com and https://teams.microsoft.com are not what we use",
    "https://whereby.com/information/",
    "Reading: 1) Rilke, 1923 2) Kübler-Ross, 1969, pages 81–234",
    "Trae agua, un cuaderno y 2 velas. Habrá 3 partes: 4, 11 y 18 de marzo a las 18:00.",
    "Ağıt, жалость, 悲しみ, 슬픔 and שלום",
]


@pytest.mark.parametrize("written", ROOMS)
def test_a_room_is_found_however_it_is_wrapped(written: str) -> None:
    assert holds_room(written)
    assert holds_room(f"Come and sit with us: {written}, and bring tea.")


@pytest.mark.parametrize("written", INVITATIONS)
def test_an_invitation_is_found_where_the_link_is_not_known(written: str) -> None:
    assert holds_room(f"Come.\n{written}\n")


@pytest.mark.parametrize("written", OWN)
def test_ones_own_link_number_and_passcode_are_found(written: str) -> None:
    assert gives_away(f"Come and sit with us: {written}", LINK, ELSEWHERE)
    if not any(each in written.lower() for each in ("http", "passcode")):
        assert not gives_away(f"Come and sit with us: {written}", ZoomLink("https://zoom.us/j/99999999999", "zzzzzz"))


@pytest.mark.parametrize("written", PUBLIC)
def test_what_is_public_is_left_alone(written: str) -> None:
    assert not gives_away(written, LINK, ELSEWHERE)
    assert without_rooms(written, LINK, ELSEWHERE) == written


def test_a_short_passcode_may_be_a_year() -> None:
    year = ZoomLink("https://zoom.us/j/81234567890", "2027")
    assert not gives_away("We meet from 2027 on.", year)
    assert gives_away("Use 2027 as your passcode.", year)


def test_a_passcode_of_letters_is_not_read_across_the_words_of_a_sentence() -> None:
    word = ZoomLink("https://zoom.us/j/81234567890", "theart")
    assert not gives_away("The art of listening", word)
    assert gives_away("The word is THEART", word)
    assert gives_away("t h e a r t", word)


def test_a_personal_address_is_a_way_in() -> None:
    assert gives_away("https://htg.example.org/join/abc.def", public_url="https://htg.example.org")
    assert gives_away("htg.example.org/calendar/abc.ics", public_url="https://htg.example.org")
    assert gives_away("htg.example.org/me/abc.def", public_url="https://htg.example.org")
    assert gives_away("htg.example.org/confirm/abc.def", public_url="https://htg.example.org")
    assert not gives_away("https://htg.example.org/gatherings/12", public_url="https://htg.example.org")


@pytest.mark.parametrize("written", [*ROOMS, *INVITATIONS, *OWN])
def test_nothing_of_it_is_left_where_it_is_taken_out(written: str) -> None:
    kept = without_rooms(f"Come.\n\nHere: {written}\nBring tea.", LINK, ELSEWHERE)
    assert not gives_away(kept, LINK, ELSEWHERE)
    if written in ROOMS[:15]:
        assert kept.startswith("Come.\n\nHere: ")
        assert kept.endswith("\nBring tea.")


def test_what_stands_around_it_is_kept() -> None:
    assert without_rooms("Come (https://zoom.us/j/81234567891).") == "Come (•••)."
    assert without_rooms("Come. Meeting ID: 812 3456 7891\nBring tea.") == "•••\nBring tea."
    assert without_rooms("Here: https://zoom.us/j/81234567891", instead="") == "Here: "


# ---- any composition of wrappers


def in_base64(text: str) -> str:
    return f"https://example.org/go?to={base64.urlsafe_b64encode(text.encode()).decode()}"


WRAPPERS: list[Callable[[str], str]] = [
    lambda text: f"https://nam02.safelinks.protection.outlook.com/?url={quote(text, safe='')}&data=05",
    lambda text: f"https://www.google.com/url?q={quote(text, safe='')}&sa=D",
    lambda text: f"https://l.facebook.com/l.php?u={quote(text, safe='')}",
    in_base64,
    lambda text: quote(text, safe=""),
    html.escape,
    lambda text: "".join(f"&#{ord(each)};" for each in text),
    lambda text: "".join(f"%{each:02x}" for each in text.encode()),
    lambda text: text.replace(".", "\u200b."),
    lambda text: text.replace("/", "\u00ad/"),
    lambda text: f"[here]({text})",
    lambda text: f"<a href='{text}'>here</a>",
]
AFTERWARDS: list[Callable[[str], str]] = [
    lambda text: "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text),
    lambda text: text.replace("o", "о").replace("s", "ѕ"),
    "\u200b".join,
    lambda text: f"*{text}*",
    lambda text: text,
]


@given(
    st.sampled_from(["https://zoom.us/j/81234567891", "https://acme.zoom.us/my/ada", "https://meet.jit.si/Healing"]),
    st.lists(st.sampled_from(WRAPPERS), max_size=4),
    st.sampled_from(AFTERWARDS),
)
def test_a_room_in_any_composition_of_wrappers(
    address: str, wrappers: list[Callable[[str], str]], last: Callable[[str], str]
) -> None:
    text = address
    for wrap in wrappers:
        text = wrap(text)
    if in_base64 not in wrappers:  # once its letters are others, nobody can read it
        text = last(text)
    assert holds_room(f"Come: {text}")


PROSE = [
    *("a", "the", "we", "you", "circle", "grief", "gratitude", "listening", "zoom", "us", "join", "meet", "meeting"),
    *("code", "passcode", "open", "doors", "begin", "at", "on", "in", "by", "18:00", "6pm", "2027", "3", "12", "90"),
    *(
        "minutes",
        "december",
        "tea",
        "free",
        "https://healing.example.org",
        "la",
        "el",
        "de",
        "una",
        "reunión",
        "código",
    ),
    *("clave", "duelo", "jueves", "marzo", "116", "123", "number", "id", "call", "line", "page", "1", "2", "4", "5"),
    *(".", ",", "–", "(", ")", "“", "”", "/", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
]


@given(st.lists(st.sampled_from(PROSE), max_size=14).map(" ".join))
def test_ordinary_prose_is_never_refused(text: str) -> None:
    # Nothing here has the digits of a meeting's number, or a passcode that is said to be one.
    digits = "".join(each for each in text if each.isdigit())
    if len(digits) < 9 and not any(each in text for each in ("passcode", "meeting id", "clave", "código", "code")):
        assert not gives_away(text, LINK, ZoomLink("https://meet.example.org/abc", "8901"))


@given(st.text())
def test_any_text_can_be_looked_at(text: str) -> None:
    assert not gives_away(without_rooms(text, LINK), LINK)
