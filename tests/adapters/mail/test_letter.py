"""Letters as a mailbox gets them, read back by the standard library."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.mail.addresses import Mailbox, canonical
from adapters.mail.letter import letter, message_id
from adapters.mail.render import NotForLetters
from bot.addresses import Address
from bot.config import Config
from bot.i18n import Locale
from bot.notifications import texts
from bot.notifications.model import scope_of
from bot.request import Call
from bot.secrets import JoinLink, StartLink, UnsubscribeLink, ZoomLink
from bot.views import (
    AnyButton,
    Attachment,
    Button,
    Buttons,
    Heading,
    Item,
    LinkButton,
    Note,
    Paragraph,
    Part,
    Quote,
    SecretLinkButton,
    Strong,
    Text,
    View,
)
from tests.adapters.mail.local_smtp import SENDER
from tests.each import each
from tests.samples.all_views import VIEWS
from tests.samples.values import HOSTILE, a_gathering, a_registration

NOW = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)
JOIN = "https://gatherings.example/join/12-abc.def"
STOP = "https://gatherings.example/letters/12-abc.def"
LOCALE = Locale("en", "Europe/Madrid")


def received(view: View, locale: Locale = LOCALE, sender: Mailbox = SENDER) -> EmailMessage:
    written = letter(view, locale, sender=sender, to="ada@example.org", key="reminder:1:2:3:4", at=NOW)
    assert all(len(line) <= 998 for line in written.split(b"\r\n"))
    assert written.isascii()
    read = message_from_bytes(written, policy=default)
    assert isinstance(read, EmailMessage)
    assert not read.defects
    return read


def plain(read: EmailMessage) -> str:
    part = read.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def html(read: EmailMessage) -> str:
    part = read.get_body(("html",))
    assert part is not None
    return str(part.get_content())


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._unseen += tag in {"style", "title"}
        self.links += [value or "" for name, value in attrs if name in {"href", "src", "action"}]

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in {"style", "title"}

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.said.append(data)


def seen(read: EmailMessage) -> _Words:
    words = _Words()
    words.feed(html(read))
    return words


def view(*buttons: AnyButton, before: tuple[Part, ...] = ()) -> View:
    said = Paragraph((Strong("Grief and Gratitude"), Text(" begins in 1 hour.")))
    return View((*before, said, Buttons(buttons)) if buttons else (*before, said))


# ---- what it says


def gives_away_a_meeting(sample: View) -> bool:
    return any(
        isinstance(each, SecretLinkButton) and isinstance(each.link, ZoomLink | StartLink) for each in sample.buttons()
    )


@each("sample", {name: sample for name, sample in VIEWS.items() if gives_away_a_meeting(sample)})
def test_no_letter_gives_away_a_meeting(sample: View) -> None:
    with pytest.raises(NotForLetters):
        letter(sample, LOCALE, sender=SENDER, to="ada@example.org", key="k", at=NOW)


@each("said", {name: (name, sample) for name, sample in VIEWS.items() if not gives_away_a_meeting(sample)})
def test_everything_else_that_can_be_said_fits_into_a_letter(said: tuple[str, View]) -> None:
    name, sample = said
    read = received(sample, Locale(name.partition("/")[0], "Europe/Madrid"))
    assert read["Subject"]
    words = seen(read)
    assert not words.tags & {"button", "select", "form", "input", "img", "script", "link", "iframe"}
    assert all(link.startswith(("https://", "http://", "mailto:")) for link in words.links)
    assert _bare(plain(read))


def test_both_forms_say_the_same(  # and lead to the same places
) -> None:
    parts: tuple[Part, ...] = (
        Heading("Your gatherings"),
        Item(((Strong("Grief & Gratitude"), Text(" · part 2 of 3")),), (LinkButton("Details", "https://g.example/1"),)),
        Quote("Bring <nothing>."),
        Note((Text("Free, 90 minutes."),)),
    )
    read = received(view(SecretLinkButton("My private link", JoinLink(JOIN)), before=parts))
    words = seen(read)
    for said in (
        "Your gatherings",
        "Grief & Gratitude · part 2 of 3",
        "Details",
        "Bring <nothing>.",
        "Free, 90 minutes.",
    ):
        assert said in plain(read)
        assert said in "".join(words.said)
    assert words.links == ["https://g.example/1", JOIN]
    assert f"My private link:\n{JOIN}" in plain(read)


def test_a_button_that_leads_nowhere_is_left_out() -> None:
    read = received(view(Button("I can’t come", Call.of("unregister", gathering=12))))
    assert "come" not in plain(read).replace("begins", "")
    assert seen(read).links == []


def test_the_language_is_named_and_the_title_is_the_subject() -> None:
    read = received(view(), Locale("es", "Europe/Madrid"))
    assert read["Content-Language"] == "es"
    assert '<html lang="es">' in html(read)
    assert f"<title>{read['Subject']}</title>" in html(read)
    assert read["Subject"] == "Grief and Gratitude begins in 1 hour"


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_subject_breaks_off_where_a_list_begins(language: str) -> None:
    assert not re.search(r" (as|con|como|with)$", received(VIEWS[f"{language}/was-connected"])["Subject"])


def test_a_long_name_of_the_house_is_encoded_in_words_of_75_characters() -> None:
    """As RFC 2047 has it, 2: some servers do not take longer ones."""
    name = "Comunidad de acompañamiento en el duelo, la gratitud y la escucha compartida"
    written = letter(view(), LOCALE, sender=Mailbox(name, "a@example.org"), to="ada@example.org", key="k", at=NOW)
    assert max(map(len, re.findall(rb"=\?utf-8\S+", written))) <= 75
    assert str(make_header(decode_header(message_from_bytes(written)["From"]))) == f"{name} <a@example.org>"


def test_the_subject_of_a_move_is_the_new_time() -> None:
    gathering = a_gathering()
    said = texts.moved(LOCALE, Config(), gathering, a_registration(gathering), gathering.starts_at - timedelta(hours=1))
    read = received(said)
    assert read["Subject"] == "Grief and Gratitude has moved: it now begins Thursday 3 December, 18:00 (Madrid time)"
    assert "Before, it was to begin Thursday 3 December, 17:00 (Madrid time)." in plain(read)


def test_people_who_answer_reach_whom_the_house_names() -> None:
    assert received(view())["Reply-To"] is None
    written = letter(view(), LOCALE, sender=SENDER, to="ada@example.org", key="k", at=NOW, reply_to="hello@example.org")
    assert message_from_bytes(written, policy=default)["Reply-To"] == "hello@example.org"


def test_programs_do_not_answer_it() -> None:
    assert received(view())["Auto-Submitted"] == "auto-generated"


# ---- the ways out


def test_one_click_ends_the_letters() -> None:
    ends = SecretLinkButton("No more letters", UnsubscribeLink(STOP))
    foot = Note((Text("You get this because you registered."),))
    whole = View((*view(SecretLinkButton("My private link", JoinLink(JOIN))).parts, foot, Buttons((ends,))))
    read = received(whole)
    assert read["List-Unsubscribe"] == f"<{STOP}>"
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert seen(read).links == [JOIN, STOP]
    assert html(read).count("You get this because you registered.") == 1
    assert plain(read).endswith(f"-- \nYou get this because you registered.\nNo more letters:\n{STOP}\n")


def test_without_a_way_to_end_them_no_header_promises_one() -> None:
    assert received(view())["List-Unsubscribe"] is None


# ---- the secrets


@pytest.mark.parametrize(
    "link", [ZoomLink("https://zoom.example/j/1?pwd=x", "code"), StartLink("https://zoom.example/s/1?zak=x")]
)
def test_the_room_is_never_in_a_letter(link: ZoomLink | StartLink) -> None:
    for parts in (
        (Buttons((SecretLinkButton("Enter", link),)),),
        (Item(((Text("Come in"),),), (SecretLinkButton("Enter", link),)),),
    ):
        with pytest.raises(NotForLetters) as refused:
            letter(View(parts), LOCALE, sender=SENDER, to="ada@example.org", key="k", at=NOW)
        assert link.reveal() not in str(refused.value)


# ---- files


def test_a_calendar_file_comes_with_its_method() -> None:
    file = Attachment("gathering.ics", "text/calendar", "BEGIN:VCALENDAR\r\nSUMMARY:Duelo y más\r\n".encode())
    read = received(View((*view().parts, file)))
    (attached,) = read.iter_attachments()
    assert attached.get_content_type() == "text/calendar"
    assert attached.get_param("method") == "PUBLISH"
    assert attached.get_filename() == "gathering.ics"
    assert "SUMMARY:Duelo y más" in attached.get_content()


def test_other_files_come_as_they_are() -> None:
    read = received(View((*view().parts, Attachment("all.json", "application/json", b'{"a": "\xc3\xa1"}'))))
    (attached,) = read.iter_attachments()
    assert attached.get_content() == b'{"a": "\xc3\xa1"}'


# ---- hostile words


@given(
    text=st.one_of(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=80),
        st.sampled_from(
            [HOSTILE, "a\r\nBcc: eve@example.org", "a\nSubject: b\n\n<script>", "\u2028Bcc: x", "\x00\x0b\x85"]
        ),
    )
)
def test_what_people_write_makes_no_header_and_no_markup(text: str) -> None:
    written = View((Heading(f"T {text}"), Paragraph((Text(text), Strong(text))), Quote(text)))
    read = received(written, sender=Mailbox(text[:60], "gatherings@example.org"))
    assert sorted(read.keys()) == sorted(
        [
            "From", "To", "Subject", "Date", "Message-ID", "Content-Language", "Auto-Submitted",
            "X-Auto-Response-Suppress", "MIME-Version", "Content-Type",
        ]
    )  # fmt: skip
    assert "\n" not in read["Subject"]
    assert read["To"] == "ada@example.org"
    assert [str(each.addr_spec) for each in read["From"].addresses] == ["gatherings@example.org"]
    words = seen(read)
    assert "script" not in words.tags
    assert words.links == []


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)


# ---- ids and addresses


def test_ids_differ_by_key_and_by_person() -> None:
    ids = {message_id(SENDER, to, key) for to in ("a@example.org", "b@example.org") for key in ("k:1", "k:2")}
    assert len(ids) == 4
    assert all(re.fullmatch(r"<[0-9a-f]{40}@example\.org>", each) for each in ids)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ada@Example.ORG", "ada@example.org"),
        (" ada+htg@example.org ", "ada+htg@example.org"),
        ("ada@müller.example", "ada@xn--mller-kva.example"),
    ],
)
def test_an_address_has_one_spelling(typed: str, kept: str) -> None:
    assert canonical(typed) == kept
    assert Address.parse(f"mail:{typed}") == Address("mail", kept)
    assert scope_of(Address("mail", kept)) == "mail"
    assert not Address("mail", kept).is_channel


@pytest.mark.parametrize(
    "typed",
    ["ada", "ada@", "@example.org", "ada@localhost", "a b@example.org", "ada@example.org\nBcc: x@example.org",
     "a/b@example.org", "ada@[127.0.0.1]", '"a b"@example.org', f"{'a' * 65}@example.org", "ada@example.org>",
     "ädä@example.org", ""],
)  # fmt: skip
def test_what_is_no_address(typed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the phrase is the library's
        canonical(typed)
    with pytest.raises(ValueError, match="is not an address"):
        Address.parse(f"mail:{typed}")


def test_a_channel_sign_makes_no_channel_of_a_mailbox() -> None:
    address = Address.parse("mail:#general@example.org")
    assert not address.is_channel


@pytest.mark.parametrize("text", ["Healing <x>", "a\nb <a@example.org>", "", "x" * 90 + " <a@example.org>"])
def test_whom_letters_cannot_be_from(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        Mailbox.parse(text)


def test_whom_letters_are_from() -> None:
    assert Mailbox.parse("Healing, Together <Gatherings@example.org>".replace(",", "")) == Mailbox(
        "Healing Together", "gatherings@example.org"
    )
    assert Mailbox.parse("gatherings@example.org") == Mailbox("", "gatherings@example.org")
