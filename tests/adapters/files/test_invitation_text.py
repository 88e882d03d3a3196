"""Invitations in the languages in which Zoom writes them, cut out of descriptions as calendars carry them."""

from __future__ import annotations

import pytest

from tests.adapters.files.programmes import problems, read

LINK = "https://us02web.zoom.us/j/81234567890?pwd=hunter22"
INVITED = {
    "de": (
        "Komm.",
        [
            "Frances Doe lädt Sie zu einem geplanten Zoom-Meeting ein.",
            "",
            "Thema: Kreis",
            "Uhrzeit: 4.März 2027 06:00 PM",
            "",
            "Zoom-Meeting beitreten",
            LINK,
            "",
            "Meeting-ID: 812 3456 7890",
            "Kenncode: 98qz77",
            "",
            "Schnelleinwahl mobil",
            "+493056795800,,81234567890# Deutschland",
            "",
            "Einwahl nach aktuellem Standort",
            "+49 30 5679 5800 Deutschland",
        ],
    ),
    "fr": (
        "Venez.",
        [
            "Frances Doe vous invite à une réunion Zoom planifiée.",
            "",
            "Sujet : Cercle",
            "Heure : 4 mars 2027 06:00 PM Paris",
            "",
            "Participer à la réunion Zoom",
            LINK,
            "",
            "ID de réunion : 812 3456 7890",
            "Code secret : 98qz77",
        ],
    ),
    "pt": (
        "Venha.",
        [
            "Entrar na reunião Zoom",
            LINK,
            "",
            "ID da reunião: 812 3456 7890",
            "Senha de acesso: 98qz77",
        ],
    ),
    "it": (
        "Vieni.",
        [
            "Entra nella riunione in Zoom",
            LINK,
            "",
            "ID riunione: 812 3456 7890",
            "Codice d’accesso: 98qz77",
        ],
    ),
    "ja": (
        "どうぞ。",
        [
            "Zoomミーティングに参加する",
            LINK,
            "",
            "ミーティングID: 812 3456 7890",
            "パスコード: 98qz77",
        ],
    ),
    "zh": (
        "来吧。",
        [
            "加入 Zoom 会议",
            LINK,
            "",
            "会议号: 812 3456 7890",
            "密码: 98qz77",
        ],
    ),
    "ru": (
        "Приходите.",
        [
            "Войти Zoom Конференция",
            LINK,
            "",
            "Идентификатор конференции: 812 3456 7890",
            "Код доступа: 98qz77",
        ],
    ),
    "nl": (
        "Kom.",
        [
            "Deelnemen aan Zoom-vergadering",
            LINK,
            "",
            "Vergader-ID: 812 3456 7890",
            "Toegangscode: 98qz77",
        ],
    ),
    "pl": (
        "Przyjdź.",
        [
            "Dołącz do spotkania Zoom",
            LINK,
            "",
            "Identyfikator spotkania: 812 3456 7890",
            "Kod dostępu: 98qz77",
        ],
    ),
    "ko": (
        "오세요.",
        [
            "Zoom 회의 참가",
            LINK,
            "",
            "회의 ID: 812 3456 7890",
            "암호: 98qz77",
        ],
    ),
    "tr": (
        "Gelin.",
        [
            "Zoom Toplantısına Katıl",
            LINK,
            "",
            "Toplantı Kimliği: 812 3456 7890",
            "Parola: 98qz77",
        ],
    ),
    "vi": (
        "Đến.",
        [
            "Tham gia cuộc họp Zoom",
            LINK,
            "",
            "ID cuộc họp: 812 3456 7890",
            "Mật mã: 98qz77",
        ],
    ),
    "id": (
        "Datang.",
        [
            "Gabung Rapat Zoom",
            LINK,
            "",
            "ID Rapat: 812 3456 7890",
            "Kode Sandi: 98qz77",
        ],
    ),
    "sv": (
        "Kom.",
        [
            "Anslut till Zoom-möte",
            LINK,
            "",
            "Mötes-ID: 812 3456 7890",
            "Lösenord: 98qz77",
        ],
    ),
    "uk": (
        "Приходьте.",
        [
            "Приєднатися до конференції Zoom",
            LINK,
            "",
            "Ідентифікатор конференції: 812 3456 7890",
            "Код доступу: 98qz77",
        ],
    ),
}


def entry(*lines: str) -> str:
    start = "DTSTART:20270304T180000Z"
    return "\r\n".join(
        ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "SUMMARY:Circle", start, *lines, "END:VEVENT", "END:VCALENDAR", ""]
    )


def described(*lines: str) -> str:
    return "DESCRIPTION:" + "\\n".join(line.replace(",", "\\,") for line in lines)


@pytest.mark.parametrize("language", INVITED)
def test_an_invitation_is_cut_out_in_each_language_and_its_passcode_kept(language: str) -> None:
    own, invitation = INVITED[language]
    for location in ([f"LOCATION:{LINK}"], []):
        ((row,),) = read("x.ics", entry(*location, described(own, "", *invitation, "", "🕯 2027"))).groups
        assert row.plan.description == f"{own}\n\n🕯 2027"
        assert row.plan.link is not None
        assert (row.plan.link.reveal(), row.plan.link.passcode()) == (LINK, "98qz77")


@pytest.mark.parametrize(
    ("lines", "own"),
    [
        (["Come.", "Meeting ID: 812 3456 7890", "Passcode: 98qz77"], "Come."),
        (
            [
                *("Come.", "", "Join Zoom Meeting", f"{LINK} (ID: 81234567890, passcode: 98qz77)", "", "Join by phone"),
                "(US) +1 301-555-0100 (passcode: 98qz77)",
            ],
            "Come.",
        ),
        (
            ["Bring tea", "", "Join Zoom Meeting", LINK, "Passcode: 98qz77", "", "Call me: 600 123"],
            "Bring tea\n\nCall me: 600 123",
        ),
        (["Come.", "", "──────────", "", "Join Zoom Meeting", LINK, "Passcode: 98qz77", "", "──────────"], "Come."),
        (["Come.", LINK, "Meeting ID:", "812 3456 7890", "Passcode:", "98qz77"], "Come."),
        (["Come.", LINK, "Meeting ID - 812 3456 7890", "Passcode - 98qz77"], "Come."),
        (["Come.", LINK, "ID = 812 3456 7890", "PW = 98qz77", "Passcode 98qz77"], "Come."),
        (["Come 🌿", LINK, "🆔 812 3456 7890", "🔑 98qz77", "🕯 Bring a candle"], "Come 🌿\n🕯 Bring a candle"),
        (["Come.", LINK, "Passcode: 98qz77", "", "Dial by your location", " " * 8 + "+1 301 715 8592 US"], "Come."),
        (["Come.", "----------", "Bring tea", LINK, "Passcode: 98qz77"], "Come.\n----------\nBring tea"),
        (
            ["We meet on Zoom.", "Time: as long as it takes", LINK, "Passcode: 98qz77"],
            "We meet on Zoom.\nTime: as long as it takes",
        ),
    ],
)
def test_the_facilitators_own_words_stay(lines: list[str], own: str) -> None:
    ((row,),) = read("x.ics", entry(f"LOCATION:{LINK}", described(*lines))).groups
    assert row.plan.description == own
    assert row.plan.link is not None
    assert row.plan.link.passcode() == "98qz77"


@pytest.mark.parametrize(
    "line",
    [
        "The passcode is 98qz77.",
        "We use 812-3456-7890, as ever, and you know the code.",
        "Say hunter22 at the door and come in; we are glad.",
        "Say hunter22 - and come in",
        "Enter 98qz77 when Zoom asks for the passcode.",
    ],
)
def test_what_cannot_be_cut_out_for_certain_is_refused(line: str) -> None:
    (problem,) = problems("x.ics", entry(f"LOCATION:{LINK}", described("Come.", line)))
    assert problem.startswith("line 2: 'Circle': description holds the Zoom link, its number or its passcode")


def test_the_room_in_what_a_mail_program_made_of_its_link() -> None:
    guard = "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fus02web.zoom.us%2Fj%2F81234567890%3Fpwd%3Dx&data=05"
    ((row,),) = read("x.ics", entry(described("Come.", guard))).groups
    assert row.plan.link is not None
    assert (row.plan.link.reveal(), row.plan.description) == ("https://us02web.zoom.us/j/81234567890?pwd=x", "Come.")


def test_the_words_of_a_link_in_markdown_go_with_it() -> None:
    ((row,),) = read("x.ics", entry(described("Come.", f"[Join us]({LINK})", "[Us](https://example.org)"))).groups
    assert row.plan.link is not None
    assert (row.plan.link.reveal(), row.plan.description) == (LINK, "Come.\n[Us](https://example.org)")


def test_what_google_says_of_its_own_room_is_cut_out_and_called_so() -> None:
    lines = [
        *("Come.", "", "Join with Google Meet: https://meet.google.com/abc-defg-hij"),
        *(
            "Or dial: (US) +1 414-909-6222 PIN: 123456789#",
            "More phone numbers: https://tel.meet/abc-defg-hij?pin=12345",
        ),
        *("", "Learn more about Meet at: https://support.google.com/a/users/answer/9282720"),
    ]
    found = read("x.ics", entry(described(*lines)))
    ((row,),) = found.groups
    assert row.plan.link is not None
    assert (row.plan.link.reveal(), row.plan.description) == ("https://meet.google.com/abc-defg-hij", "Come.")
    (remark,) = found.remarks
    assert "what its description says about meet.google.com was left out" in str(remark)


def test_an_events_own_page_is_never_the_room_where_there_is_one() -> None:
    page = "URL:https://healing.example.org/event/circle/"
    for place in (f"LOCATION:{LINK}", f"X-GOOGLE-CONFERENCE:{LINK}", f"CONFERENCE;VALUE=URI:{LINK}", described(LINK)):
        ((row,),) = read("x.ics", entry(page, place)).groups
        assert row.plan.link is not None
        assert row.plan.link.reveal() == LINK


WRITTEN = {
    "nl": ("Ada nodigt je uit voor een geplande Zoom-vergadering.", "Vergadering-ID", "Toegangscode"),
    "ja": ("Ada さんがあなたを予約済みの Zoom ミーティングに招待しています。", "ミーティング ID", "パスワード"),
    "ko": ("Ada님이 예정된 Zoom 회의에 초대합니다.", "회의 ID", "비밀번호"),
    "zh-CN": ("Ada邀请你参加已安排的Zoom会议。", "会议 ID", "通行码"),
    "zh-TW": ("Ada 邀請您參加已排程的 Zoom 會議。", "會議號碼", "通行碼"),
    "pl": ("Ada zaprasza na zaplanowane spotkanie w aplikacji Zoom.", "Identyfikator spotkania", "Hasło"),
    "ru": ("Ada приглашает вас на запланированную конференцию: Zoom.", "Идентификатор конференции", "Пароль"),
    "tr": ("Ada sizi planlanmış bir Zoom toplantısına davet ediyor.", "Toplantı Kimliği", "Geçiş kodu"),
    "vi": ("Ada đang mời bạn tham gia một cuộc họp Zoom theo lịch.", "ID cuộc họp", "Mật khẩu"),
    "id": ("Ada mengundang Anda ke rapat Zoom yang dijadwalkan.", "ID Rapat", "Kata sandi"),
    "sv": ("Ada bjuder in dig till ett schemalagt Zoom-möte.", "Mötes-ID", "Åtkomstkod"),
    "one that nobody here knows": ("", "Kokous numero", "Ovikoodi"),
}


@pytest.mark.parametrize("language", WRITTEN)
@pytest.mark.parametrize("squeezed", [False, True])
def test_the_passcode_is_known_by_where_it_stands(language: str, squeezed: bool) -> None:
    sentence, number, passcode = WRITTEN[language]
    own = [f"{number}: 812 3456 7890", f"{passcode}: 98qz77"]
    if squeezed and not sentence:
        own = [f"{number}: 812 3456 7890 (Passcode: 98qz77)"]
    lines = (
        [f"Come. Zoom: {LINK} {' '.join(own)}"] if squeezed else ["Come.", "", sentence, "", LINK, "", *own, "", *own]
    )
    ((row,),) = read("x.ics", entry(described(*lines))).groups
    assert row.plan.description == "Come."
    assert row.plan.link is not None
    assert row.plan.link.passcode() == "98qz77"


@pytest.mark.parametrize(
    "line",
    [
        *("PW: 98qz77", "🔑 98qz77", "Codigo de acceso: 98qz77"),
        *("Contraseña de la reunión: 98qz77", "Passcode (case sensitive): 98qz77", "Password for tonight: 98qz77"),
        *('Passcode: "98qz77"', "Clave: «98qz77»", "**Passcode:** `98qz77`"),
    ],
)
def test_a_passcode_without_an_invitation_is_kept_out_of_what_everyone_reads(line: str) -> None:
    ((row,),) = read("x.ics", entry(described("Come.", LINK, line))).groups
    assert row.plan.link is not None
    assert (row.plan.description, row.plan.link.passcode()) == ("Come.", "98qz77")


def test_a_word_below_the_number_goes_with_it_where_it_might_be_the_passcode() -> None:
    ((row,),) = read(
        "x.ics", entry(described("Come.", LINK, "Kokous numero: 812 3456 7890", "Ovikoodi: aurinko"))
    ).groups
    assert row.plan.description == "Come."


def test_a_rule_stays_above_words_and_goes_where_nothing_is_left_below_it() -> None:
    """Eighty signs, as Microsoft sets them: a pattern of patterns took them apart for hours."""
    rule = "_" * 80
    ((row,),) = read("x.ics", entry(described("Come.", rule, "Bring a candle.", "", LINK, "--- ---"))).groups
    assert row.plan.description == f"Come.\n{rule}\nBring a candle."
