"""A link as people paste it, and what is refused with a reason."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from urllib.parse import quote

import pytest

from bot.redaction import pasted
from bot.secrets import ZoomLink

LINK, PASSCODE = "https://us02web.zoom.us/j/81234567890?pwd=hunter22", "98qz77"
INVITATION = f"""Ada is inviting you to a scheduled Zoom meeting.

Topic: Circle
Time: Mar 4, 2027 06:00 PM Pacific Time (US and Canada)

Join Zoom Meeting
{LINK}

ID: 812 3456 7890
CODE: {PASSCODE}

---

One tap mobile
+13017158592,,81234567890#,,,,*987712# US (Washington DC)

Dial by your location
• +1 301 715 8592 US (Washington DC)

ID: 812 3456 7890
CODE: 987712

Find your local number: https://us02web.zoom.us/u/kdXyz12
"""
START = "https://us02web.zoom.us/s/81234567890?zak=eyJ0eXAi.abc.def"
GUARDED = quote(LINK, safe="")
GUARDS = [
    f"https://eur01.safelinks.protection.outlook.com/?url={GUARDED}&data=05%7C02%7Cada&reserved=0",
    f"https://www.google.com/url?q={quote(f'https://l.facebook.com/l.php?u={GUARDED}&h=AT0', safe='')}&sa=D",
    "https://urldefense.proofpoint.com/v2/url?u=https-3A__us02web.zoom.us_j_81234567890-3Fpwd-3Dhunter22&d=DwMFAg&c=x",
    "https://urldefense.com/v3/__https://us02web.zoom.us/j/81234567890?pwd=hunter22__;!!AbC!xyz$",
    "https://urldefense.com/v3/__https:**Aus02web.zoom.us*j*81234567890*pwd=hunter22__;Ly8vLz8!!AbC!xyz$",
    f"https://secure-web.cisco.com/1a2b-c/{GUARDED}",
    f"https://linkprotect.cudasvc.com/url?a={GUARDED}&c=E,1,abc&typo=1",
    f"https://eu-west-1.protection.sophos.com/?d=zoom.us&u={urlsafe_b64encode(LINK.encode()).decode()}&i=x",
]
LANGUAGES = [
    ("Meeting ID", "Passcode"),
    ("ID de reunión", "Código de acceso"),
    ("Meeting-ID", "Kenncode"),
    ("ID de réunion", "Code secret"),
    ("ID da reunião", "Senha de acesso"),
    ("Идентификатор конференции", "Код доступа"),
    ("ミーティングID", "パスコード"),
    ("회의 ID", "암호"),
    ("会议号", "密码"),
]


@pytest.mark.parametrize(
    "typed",
    [
        f"{LINK}\n{PASSCODE}",
        f"{LINK} {PASSCODE}",
        f"{LINK} Passcode: {PASSCODE}",
        f"{LINK} (passcode {PASSCODE})",
        f"Passcode: {PASSCODE} {LINK}",
        f"<{LINK}> clave {PASSCODE}",
        f"Entrar: {LINK}, Código de acceso: {PASSCODE}.",
        f"Host: {START}\nEveryone: {LINK}\nPasscode: {PASSCODE}",
        *(f"{guard} {PASSCODE}" for guard in GUARDS),
        f"<https://www.google.com/url?q={GUARDED}> Passcode: {PASSCODE}",
        f"{LINK}\nContraseña de la reunión: {PASSCODE}",
        f"{LINK}\nMot de passe de la réunion : {PASSCODE}",
        f"{LINK} Meeting Passcode (case sensitive): {PASSCODE}",
        f"{LINK} Passcode - {PASSCODE}",
        f"{LINK} pass: {PASSCODE}",
        f"Enter with this passcode\nPasscode: {PASSCODE} {LINK}",
        f"{LINK}\nClave {PASSCODE}",
        f"{LINK}\n**Passcode:** {PASSCODE}",
        f"{LINK}\nPasscode: {PASSCODE}\nHost key: 123456",
        f"{LINK}\nClave de anfitrión: 123456\nClave: {PASSCODE}",
        f"<{LINK}|Our room> {PASSCODE}",
        *(INVITATION.replace("ID:", f"{number}:").replace("CODE", code) for number, code in LANGUAGES),
    ],
)
def test_link_and_passcode_are_found_in_what_was_pasted(typed: str) -> None:
    assert pasted.read(typed) == ZoomLink(LINK, PASSCODE)


def test_a_link_alone_has_no_passcode() -> None:
    assert pasted.read(f" {LINK}\n") == ZoomLink(LINK)
    assert pasted.read(f"{LINK}\nMeeting ID: 812 3456 7890") == ZoomLink(LINK)


@pytest.mark.parametrize(
    "typed",
    [
        f"Zoom link: {LINK}",
        f"Enlace: {LINK}",
        f"Here is our Zoom: {LINK}",
        f"{LINK} (link for members)",
        f"{LINK}\nHost key: 123456",
        f"{LINK}\nClaim key is 123456.",
        f"{LINK}\nClave de anfitrión: 123456",
        f"{LINK}|Zoom",
        f"<{LINK}|Our room>",
        f"{LINK}\n{LINK}",
        f"{LINK} https://healing.example.org",
        LINK.replace("81234567890", "812 3456 7890"),
        LINK.replace("81234567890", "812-3456-7890"),
    ],
)
def test_what_else_stands_beside_a_link_is_no_passcode(typed: str) -> None:
    assert pasted.read(typed) == ZoomLink(LINK)


def test_a_word_is_the_passcode_where_it_is_called_so() -> None:
    assert pasted.read(f"{LINK}\nPasscode: gratitude") == ZoomLink(LINK, "gratitude")
    assert pasted.read(f"{LINK} qWmXbR") == ZoomLink(LINK, "qWmXbR")
    assert pasted.read(f"Zoom {LINK}", "98qz77") == ZoomLink(LINK, "98qz77")


def test_without_https_it_is_taken_as_https() -> None:
    for typed in ("zoom.us/j/8?pwd=Ab", "http://zoom.us/j/8?pwd=Ab", "HTTP://zoom.us:80/j/8?pwd=Ab"):
        assert pasted.read(typed) == ZoomLink("https://zoom.us/j/8?pwd=Ab")


@pytest.mark.parametrize(
    "path",
    [
        *("j/81234567890", "w/81234567890?tk=x", "wc/join/81234567890", "wc/81234567890/join", "my/ada"),
        *("meeting/register/abc", "webinar/register/WN_abc", "join?confno=81234567890"),
    ],
)
def test_each_way_in_that_zoom_gives_to_members_is_taken(path: str) -> None:
    assert pasted.read(f"https://us02web.zoom.us/{path}").reveal() == f"https://us02web.zoom.us/{path}"


def test_another_host_is_taken_and_named() -> None:
    link = pasted.read("https://meet.example.org/abc")
    assert (link.reveal(), link.place, link.at_zoom) == ("https://meet.example.org/abc", "meet.example.org", False)
    assert pasted.read(LINK).place == "Zoom"
    for host in ("zoom.us", "acme.zoom.us", "zoom.com", "acme.zoomgov.com", "zoom.com.cn", "acme.zoom-x.de"):
        assert pasted.read(f"https://{host}/j/1").at_zoom


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("https://zoom.us@evil.example/j/1", "user"),
        ("https://user:pw@zoom.us/j/1", "user"),
        ("https://zооm.us/j/1", "lookalike"),
        ("https://xn--zm-fmca.us/j/1", "lookalike"),
        ("https://ｚoom.us/j/1", "lookalike"),
        ("https://zoom.us.evil.example/j/1", "lookalike"),
        ("https://zo0m.us/j/1", "lookalike"),
        ("https://zoom\u202e.us/j/1", "unseen"),
        ("https://zoom.us/j/1\u200b2", "unseen"),
        ("https://zoom.us/j/1\x07", "unseen"),
        ("https://zoom.us\\j\\1", "backslash"),
        ("https:\\\\zoom.us/j/1", "backslash"),
        ("http://meet.example.org/abc", "http"),
        ("http://zoom.us:8080/j/1", "http"),
        ("http://zoom.us@evil.example/j/1", "user"),
        ("http://zoom.us.evil.example/j/1", "lookalike"),
        ("https://zoom.us/", "form"),
        ("https://[hunter22", "form"),
        ("https://zoom。us/j/1", "lookalike"),
        (START, "start"),
        (START.replace("https://", ""), "start"),
        (f"https://www.google.com/url?q={quote(START, safe='')}", "start"),
        ("https://us02web.zoom.us/s/81234567890", "start"),
        ("https://us02web.zoom.us/%73/81234567890", "start"),
        ("https://us02web.zoom.us/j/81234567890?pwd=x&ZAK=eyJ0eXAi", "start"),
        ("https://us02web.zoom.us/j/81234567890?pwd=x&%7Aak=eyJ0eXAi", "start"),
        ("https://app.zoom.us/wc/81234567890/start", "start"),
        ("https://us02web.zoom.us/u/kdXyz12", "page"),
        ("https://us02web.zoom.us/rec/play/abc", "page"),
        ("https://us02web.zoom.us/postattendee?mn=abc", "page"),
        ("https://us02web.zoom.us/profile", "page"),
        ("https://us02web.zoom.us/signin", "page"),
        ("https://us02web.zoom.us/j/", "page"),
        ("https://us02web.zoom.us/meeting/register", "page"),
        ("javascript:alert(1)", "form"),
        ("hunter22", "form"),
        ("", "form"),
        (f"https://zoom.us/j/{'1' * 1001}", "length"),
        ("https://zoom.us/j/1 " * 1000, "length"),
        (f"{LINK} https://zoom.us/j/81234567899", "several"),
        (f"{LINK} https://meet.google.com/abc-defg-hij", "several"),
        (f"{LINK} no passcode", "passcode"),
        (f"{LINK}\nPasscode: none", "passcode"),
        (f"{LINK}\nPasscode: see your mail of 12 March", "passcode"),
        (f"{LINK}\nPlease read the code of conduct", "passcode"),
        (f"{LINK} PIN: 123 456 789#", "passcode"),
        (f"{LINK} zip code 28001", "passcode"),
        (f"{LINK} gratitude", "passcode"),
        (f"{LINK} contra 98qz77", "passcode"),
        (f"Thursday 18:00 {LINK}", "passcode"),
    ],
)
def test_what_leads_elsewhere_is_refused_with_a_reason(typed: str, why: str) -> None:
    with pytest.raises(ValueError, match=rf"^{why}$"):
        pasted.read(typed)
