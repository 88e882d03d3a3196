"""A Call in a platform's id comes back as itself, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalogue import commands, parse
from bot.request import ID_LIMIT, WRITTEN, Call, Undecodable, decode, decode_choice, decode_form, encode, encode_menu
from bot.secrets import JoinLink, StartLink, ZoomLink, without_rooms

NAMES = st.sampled_from([each.name for each in commands()])
VALUES = st.text(max_size=12)
CALLS = st.builds(
    lambda name, pairs: Call(name, tuple(pairs.items())),
    NAMES,
    st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), VALUES, max_size=2),
)


@given(CALLS)
def test_a_call_comes_back_as_itself(call: Call) -> None:
    try:
        written = encode(call)
    except ValueError:
        return
    assert len(written) <= ID_LIMIT
    assert decode(written) == call


@given(st.text(max_size=150))
def test_what_is_not_ours_is_never_an_error_of_ours(written: str) -> None:
    try:
        call = decode(written)
    except Undecodable:
        return
    assert decode(encode(call)) == call


@given(call=CALLS, value=st.text(min_size=1, max_size=40))
def test_a_menus_choice_fills_its_option(call: Call, value: str) -> None:
    try:
        written = encode_menu(call, "gathering")
    except ValueError:
        return
    assert decode_choice(written, value) == call.without("gathering").filled({"gathering": value})


def test_a_button_is_not_a_menu() -> None:
    with pytest.raises(Undecodable):
        decode_choice("register?gathering=12", "13")


def test_a_forms_fields_do_not_overrule_what_it_carries() -> None:
    call = decode_form("host-edit?gathering=12", {"gathering": "13", "title": "Grief"})
    assert call == Call.of("host-edit", gathering=12, title="Grief")


def test_an_id_that_would_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="100 fit"):
        encode(Call.of("suggest", topic="w" * 100))


@pytest.mark.parametrize(
    ("group", "text", "expected"),
    [
        ("htg", "", Call("list")),
        ("htg", "register 12", Call.of("register", gathering="12")),
        ("htg", "  REGISTER   “grief”  ", Call.of("register", gathering="grief")),
        ("htg", "suggest living with illness", Call.of("suggest", topic="living with illness")),
        ("htg", "regster", Call.of("help", unknown="regster", nearest="register")),
        ("htg", "zzz", Call.of("help", unknown="zzz")),
        ("htg", "publish 3", WRITTEN),
        ("htg", "estoy triste", WRITTEN),
        ("htg", "my mother died", WRITTEN),
        ("htg", "can you hear me", WRITTEN),
        ("htg", "regster grief at work", Call.of("help", unknown="regster grief at work", nearest="register")),
        ("htg", "list the gatherings please", Call("list")),
        ("htg", "register for grief", Call.of("register", gathering="grief")),
        ("htg", "suggest for those who are left", Call.of("suggest", topic="for those who are left")),
        ("htg", "unrsvp", Call("unregister")),
        ("htg", "desregistarme", Call.of("help", unknown="desregistarme", nearest="unregister")),
        ("htg", "undone", Call.of("help", unknown="undone")),
        ("htg", "create", Call.of("help", unknown="create", nearest="host-create")),
        ("htg", "inscribrme", Call.of("help", unknown="inscribrme", nearest="register")),
        ("htg", "reg 12", Call.of("register", gathering="12")),
        ("htg", "unre grief", Call.of("unregister", gathering="grief")),
        ("htg", "subscribe", Call("register")),
        ("htg", "subscribe grief", Call.of("register", gathering="grief")),
        ("htg", "please register me", Call("register")),
        ("htg", "please register me for grief", Call.of("register", gathering="grief")),
        ("htg", "please cancel my registration", Call("unregister")),
        ("htg", "please", Call.of("help", unknown="please")),
        ("htg", "cáncer", Call.of("help", unknown="cáncer")),
        ("htg", "suscribe", Call.of("help", unknown="suscribe", nearest="register")),
        ("htg", "suscribirme", Call("register")),
        ("htg", "suscribir", Call("register")),
        ("htg", "el enlace", Call("join")),
        ("htg", "the link", Call("join")),
        ("htg", "la puerta", Call("join")),
        ("htg", "un tema", Call("suggest")),
        ("htg", "la lista", Call("list")),
        ("htg", "la lista por favor", Call("list")),
        ("htg", "un grief", WRITTEN),
        ("htg", "un amigo murió", WRITTEN),
        ("htg", "a drop of hope", WRITTEN),
        ("htg", "where is the link?", WRITTEN.filled({"nearest": "join"})),
        ("htg", "¿dónde está el enlace?", WRITTEN.filled({"nearest": "join"})),
        ("htg", "cómo me inscribo", WRITTEN.filled({"nearest": "register"})),
        ("htg", "when is the next gathering", Call("list")),
        ("htg", "how do I register", Call("help")),
        ("htg", "I can't come tonight", Call("unregister")),
        ("htg", "a link to my mother", WRITTEN.filled({"nearest": "join"})),
        ("htg", "I want to cancel everything in my life", WRITTEN),
        ("htg", "a drop", WRITTEN),
        ("htg", "a book about grief", WRITTEN),
        ("htg", "un", Call.of("help", unknown="un")),
        ("htg", "for", Call.of("help", unknown="for")),
        ("htg", "to", Call.of("help", unknown="to")),
        ("htg", "del", Call.of("help", unknown="del")),
        ("htg", "can grief", WRITTEN),
        ("htg", "with grief", WRITTEN),
        ("htg", "darme alta", WRITTEN),
        ("htg", "my settings", Call("settings")),
        ("htg", "mis ajustes", Call("settings")),
        ("htg", "my brother didn't make it", WRITTEN),
        ("htg", "borrar mi inscripción", Call("unregister")),
        ("htg", "no puedo asistir", Call("unregister")),
        ("htg", "no voy", Call("unregister")),
        ("htg", "no voy bien", WRITTEN),
        ("htg", "I can't make it", Call("unregister")),
        ("htg", "I can’t make it tonight", Call("unregister")),
        ("htg", "I can’t make it any longer", WRITTEN),
        ("htg", "can’t attend grief", Call.of("unregister", gathering="grief")),
        ("htg", "remove grief", Call.of("unregister", gathering="grief")),
        ("htg", "mi madre murió", WRITTEN),
        ("htg", "dar de baja", Call("unregister")),
        ("htg", "/htg register grief", Call.of("register", gathering="grief")),
        ("htg", "htg register grief", Call.of("register", gathering="grief")),
        ("htg", "htg unregister grief", Call.of("unregister", gathering="grief")),
        ("htg", "/HTG", Call("list")),
        ("htg", "htg " * 900, Call("list")),
        ("htg", "zoom link", Call("join")),
        ("htg", "enlace de zoom", Call("join")),
        ("htg", "join zoom", Call("join")),
        ("htg", "join the link", Call("join")),
        ("htg", "cancel", Call("unregister")),
        ("htg", "Leave grief", Call.of("unregister", gathering="grief")),
        ("htg", "I can’t come!", Call("unregister")),
        ("htg", "darme de baja", Call("unregister")),
        ("htg", "link", Call("join")),
        ("htg", "zoom", Call("join")),
        ("htg", "¡Hola!", Call("list")),
        ("htg", "hi there", Call("list")),
        ("htg", "sign me up for Grief and Gratitude", Call.of("register", gathering="Grief and Gratitude")),
        ("htg", "Inscribirme en duelo", Call.of("register", gathering="duelo")),
        ("htg", "configuración", Call("settings")),
        ("htg", "AYUDA", Call("help")),
        ("htg-host", "", Call("host-help")),
        ("htg-host", "crear", Call("host-create")),
        ("htg-host", "abrir 12", Call.of("host-doors", gathering="12")),
        ("htg-host", "register", Call.of("host-help", unknown="register", nearest="register")),
        ("htg-host", "doors 12", Call.of("host-doors", gathering="12")),
        ("htg-host", "/htg-host doors 12", Call.of("host-doors", gathering="12")),
        ("htg-host", "htg-host doors 12", Call.of("host-doors", gathering="12")),
        ("htg-host", "can grief", Call.of("host-help", unknown="can grief")),
        ("htg-host", "add @ada", Call("host-team")),
        ("htg-host", "add <@U1|ada>", Call("host-team")),
        ("htg-host", "add", Call("host-create")),
        ("htg-host", "remove ada", Call("host-team")),
        ("htg-host", "quitar a ada", Call("host-team")),
        ("htg-host", "publish 3", Call.of("host-help", unknown="publish 3", nearest="host-drafts")),
    ],
)
def test_what_is_typed(group: str, text: str, expected: Call) -> None:
    assert parse(group, text) == expected


def test_secrets_do_not_show_themselves() -> None:
    link = ZoomLink.typed("https://zoom.example/j/1?pwd=hush", "hush")
    join = JoinLink("https://x.example/join/hush")
    start = StartLink.received("https://us02web.zoom.example/s/1?zak=hush")
    call = Call.of("host-create", zoom="hush")
    told = f"{link} {link!r} {join} {join!r} {start} {start!r} {call!r}"
    for shown in (told, "{} {!r}".format(start, join), "%s" % link, without_rooms(start.reveal())):  # noqa: UP031, UP032
        assert "hush" not in shown


@pytest.mark.parametrize(
    "typed", ["", "zoom", "http://rooms.example/j/1", "https://", "https://zoom us/j/1", "https://[", "w" * 2000]
)
def test_a_link_that_is_none_is_refused_without_quoting_it(typed: str) -> None:
    with pytest.raises(ValueError) as problem:  # noqa: PT011 - what matters is what it does not say
        ZoomLink.typed(typed)
    assert typed == "" or typed not in str(problem.value)
