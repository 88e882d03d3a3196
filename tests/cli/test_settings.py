"""Settings: what is accepted, what is refused, and that each refusal says what to do and gives nothing away."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import settings
from bot.addresses import Address
from bot.config import Config
from bot.views import Channel, Link
from settings import EXAMPLES, Settings, SettingsError

KEY = "YvsU9MiQLX019lxn-2oKlReNOcEmHrdRU5t2Wvs1vgY"
ANOTHER = "C5bRq2C-YvdBHanYn9DesB-1oNia7eLZ5-qb7L9AyeM"
SLACK = {"SLACK_BOT_TOKEN": "xoxb-12345678", "SLACK_APP_TOKEN": "xapp-12345678"}
Load = Callable[..., Settings]


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [each for each in os.environ if each in EXAMPLES or each.startswith("HTG_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    def with_environment(**environment: str) -> Settings:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return settings.load()

    return with_environment


def problems(load: Load, **environment: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refused:
        load(**{"HTG_SECRET_KEY": KEY} | environment)
    return refused.value.problems


def test_with_nothing_set_the_house_is_as_the_core_has_it(load: Load) -> None:
    nothing = load()
    assert nothing.config() == Config(unused_places=timedelta(0))
    assert nothing.platforms() == []
    assert nothing.address() == ("127.0.0.1", 8080)
    assert nothing.database_url.get_secret_value() == "sqlite:///data/htg.db"


def test_a_house_of_ones_own(load: Load) -> None:
    config = load(
        HTG_ORGANISATION="Healing Together",
        HTG_TIMEZONE="europe/madrid",
        HTG_LANGUAGE="es",
        HTG_REMINDERS="10m, 2d,3h",
        HTG_CHANNEL_REMINDERS="",
        HTG_ADMISSION_LIMIT="40",
        HTG_LATE_ENTRY="5m",
        HTG_DOORS_OPEN="20m",
        HTG_DURATION="2h",
        HTG_FACILITATORS="slack:T12/U34, discord:42,discord:42",
        HTG_ANNOUNCEMENT_CHANNELS="slack:T12/C34 = Our gatherings, discord:#4000",
        HTG_DM_PER_MINUTE="discord:5",
        HTG_PUBLIC_URL="https://gatherings.example.org/",
    ).config()
    assert config.reminders == (timedelta(days=2), timedelta(hours=3), timedelta(minutes=10))
    assert config.channel_reminders == ()
    assert (config.door_rule.limit, config.door_rule.late_entry) == (40, timedelta(minutes=5))
    assert config.door_rule.opens_before == timedelta(minutes=20)
    assert config.duration == timedelta(hours=2)
    assert config.facilitators == {Address("slack", "T12/U34"), Address("discord", "42")}
    assert config.announcement_channels == {
        Address("slack", "T12/C34"): "Our gatherings",
        Address("discord", "#4000"): "",
    }
    assert config.per_minute == {"slack": 200, "discord": 5, "mail": 60}
    assert (config.zone, config.language, config.organisation) == ("Europe/Madrid", "es", "Healing Together")
    assert config.public_url == "https://gatherings.example.org"


@pytest.mark.parametrize(
    ("written", "contact"),
    [
        ("hello@example.org", Link("hello@example.org", "mailto:hello@example.org")),
        ("https://example.org/contact/", Link("example.org/contact", "https://example.org/contact")),
        ("https://x.example/contact?x=1", Link("x.example/contact?x=1", "https://x.example/contact?x=1")),
        ("slack:T123/C789=Help", Channel(Address("slack", "T123/C789"), "Help")),
    ],
)
def test_the_contact_is_a_mailbox_a_page_or_a_channel(load: Load, written: str, contact: Link | Channel) -> None:
    assert load(HTG_CONTACT=written).config().contact == contact


def test_a_page_of_ones_own_may_be_any_page(load: Load) -> None:
    page = "https://healing.example.org/?page_id=12#circles"
    assert load(HTG_WEBSITE=page).config().website == page


def test_a_wrong_contact_is_told_a_form_that_is_taken(load: Load) -> None:
    (problem,) = problems(load, HTG_CONTACT="slack:#C789=Help")
    (form,) = re.findall(r"no channel \((.+?)\)", problem)
    assert isinstance(load(HTG_CONTACT=form).config().contact, Channel)


def test_secrets_may_be_short(load: Load) -> None:
    load(SLACK_BOT_TOKEN="xoxb-t", SLACK_SIGNING_SECRET="secret", DISCORD_TOKEN="token", ZOOM_WEBHOOK_SECRET="w")
    load(ZOOM_ACCOUNT_ID="a", ZOOM_CLIENT_ID="b", ZOOM_CLIENT_SECRET="c", ZOOM_HOST="frances@example.org")


def test_lines_of_help_are_in_the_readers_language_or_else_in_another(load: Load) -> None:
    assert load().config().support_in("en") == ()
    config = load(HTG_SUPPORT="en=Samaritans, 116 123; in danger 112 | We are here;es=Esperanza, 717").config()
    assert config.support_in("en") == ("Samaritans, 116 123; in danger 112", "We are here")
    assert config.support_in("es") == ("Esperanza, 717",)
    assert load(HTG_SUPPORT="es=Esperanza, 717").config().support_in("en") == ("Esperanza, 717",)
    assert load(HTG_SUPPORT="Call 112").config().support_in("es") == ("Call 112",)


def test_places_return_only_where_zoom_tells_who_logs_in(load: Load) -> None:
    assert load().config().unused_places == timedelta(0)
    assert load(ZOOM_WEBHOOK_SECRET="pV9s-hunter2").config().unused_places == timedelta(minutes=3)
    assert load(ZOOM_WEBHOOK_SECRET="pV9s-hunter2", HTG_UNUSED_PLACES="0").config().unused_places == timedelta(0)


WRONG = [
    ("HTG_CONTACT", "Ruth", "no e-mail address, no page"),
    ("HTG_CONTACT", "slack:T123/U456", "no e-mail address, no page"),
    ("HTG_CONTACT", "http://example.org", "https://"),
    ("HTG_SUPPORT", "fr=Bonjour", "not one of en, es"),
    ("HTG_AGREEMENT", "nowhere.{language}.md", "'nowhere.en.md' is no file of text that can be read"),
    ("HTG_AGREEMENT", "/", "is no file of text that can be read"),
    ("HTG_SUPPORT", "en=", "1 to 4 lines"),
    ("HTG_SUPPORT", "en=a;en=b", "twice"),
    ("HTG_SUPPORT", "call;en=b", "no language before it"),
    ("HTG_SUPPORT", "x" * 201, "at most 200 characters"),
    ("HTG_WEBSITE", "example.org", "https://"),
    ("DATABASE_URL", "mysql://localhost/htg", "begin with sqlite:///"),
    ("DATABASE_URL", "sqlite://htg.db", "names no file"),
    ("DATABASE_URL", "sqlite:///:memory:", "names no file"),
    ("DATABASE_URL", "sqlite:///x.db?mode=ro", "names no file"),
    ("DATABASE_URL", "postgresql://localhost", "names no database"),
    ("DATABASE_URL", "postgresql://localhost/htg?sslmode=maybe", "its sslmode is not one of allow, disable"),
    ("DATABASE_URL", "postgresql://localhost/htg?colour=red", "settings that are not understood: colour"),
    ("DATABASE_URL", "postgresql://localhost/htg?sslmode=verify-full&sslrootcert=/nowhere.crt", "sslrootcert"),
    ("DATABASE_URL", "postgresql://localhost:70000/htg", "its port"),
    ("HTG_SECRET_KEY", "short", "at least 32 characters"),
    ("HTG_SECRET_KEY", f"{KEY},", "at least 32 characters"),
    ("HTG_SECRET_KEY", f"{KEY},{KEY}", "twice"),
    ("HTG_SECRET_KEY", "k" * 40, "repeats itself"),
    ("HTG_SECRET_KEY", f"{KEY},{'ab' * 20}", "key 2 of 2 repeats itself"),
    ("HTG_SECRET_KEY", "a-long-sentence-about-the-weather", "made of words"),
    ("HTG_SECRET_KEY", f'"{KEY}"', "take the quotes away"),
    ("HTG_SECRET_KEY", f"'{KEY},{ANOTHER}'", "take the quotes away"),
    ("HTG_SECRET_KEY", f'{KEY},"{ANOTHER}"', "key 2 of 2 has quotes around it: take the quotes away"),
    ("HTG_ORGANISATION", '"The Circle"', "take the quotes away"),
    ("SLACK_API_URL", '"https://slack-gov.com/api"', "take the quotes away"),
    ("DATABASE_URL", "postgres://htg:S3cr3t@Pass@127.0.0.1/htg", "write @ as %40"),
    ("DATABASE_URL", "postgres://htg:S3cr3t/Pass@127.0.0.1/htg", "/ as %2F"),
    ("DATABASE_URL", "postgres://htg:S3cr3t#Pass@127.0.0.1/htg", "# as %23"),
    ("DATABASE_URL", "postgres://htg:S3cr3t?Pass@127.0.0.1/htg", "%3F"),
    ("DATABASE_URL", "postgres://htg:S3cr3t[Pass]@127.0.0.1/htg", "%5B"),
    ("DATABASE_URL", "postgres://htg:S3cr3t:Pass@127.0.0.1/htg", "%3A"),
    ("HTG_PUBLIC_URL", "gatherings.example.org", "https://"),
    ("HTG_PUBLIC_URL", "http://gatherings.example.org", "https://"),
    ("HTG_PUBLIC_URL", "https://gatherings.example.org/?x=1", "'?'"),
    ("HTG_PUBLIC_URL", "https://example.org/circles", "a host name of its own"),
    ("HTG_PUBLIC_URL", "https://example.org/circles/", "a host name of its own"),
    ("HTG_PUBLIC_URL", "https://example.org//.", "a host name of its own"),
    ("HTG_PUBLIC_URL", "https://:S3cr3t@example.org", "no name or password"),
    ("HTG_WEBSITE", "https://@example.org", "no name or password"),
    ("HTG_PUBLIC_URL", "https://gatherings.example.org:port", "cannot be read|can be read"),
    ("HTG_ORGANISATION", "x" * 81, "80 characters"),
    ("HTG_TIMEZONE", "Europe/Madird", "is it Europe/Madrid"),
    ("HTG_TIMEZONE", "PST", "is it America/Los_Angeles?"),
    ("HTG_TIMEZONE", "Factory", "write it like Europe/Madrid"),
    ("HTG_LANGUAGE", "fr", "en, es"),
    ("HTG_REMINDERS", "1h,60m", "same length"),
    ("HTG_REMINDERS", "0m", "between 1m and 30d"),
    ("HTG_REMINDERS", "1h,", "'' is not a length"),
    ("HTG_REMINDERS", "tomorrow", "number and s, m, h or d"),
    ("HTG_REMINDERS", ",".join(f"{each}m" for each in range(1, 11)), "at most 9"),
    ("HTG_CHANNEL_REMINDERS", "31d", "between 1m and 30d"),
    ("HTG_ADMISSION_LIMIT", "0", "from 1 to 1000"),
    ("HTG_ADMISSION_LIMIT", "ninety", "whole number"),
    ("HTG_LATE_ENTRY", "90m", "not shorter than a gathering"),
    ("HTG_DOORS_OPEN", "-5m", "not a length of time"),
    ("HTG_DURATION", "1m", "between 5m and 24h"),
    ("HTG_FACILITATORS", "bob", "not an address"),
    ("HTG_FACILITATORS", "discord:#4000", "a channel, not a person"),
    ("HTG_ANNOUNCEMENT_CHANNELS", "discord:42", "a person, not a channel"),
    ("HTG_ANNOUNCEMENT_CHANNELS", "Gatherings=discord:#4000", "not an address"),
    ("HTG_ANNOUNCEMENT_CHANNELS", "discord:#4000=Here,discord:#4001=Here", "two of them are called 'Here'"),
    ("HTG_ANNOUNCEMENT_CHANNELS", f"discord:#4000={'x' * 81}", "one line of at most 80"),
    ("HTG_ANNOUNCEMENT_CHANNELS", "discord:#4000=Here,discord:#4000=There", "discord:#4000 is named twice"),
    ("HTG_ANNOUNCEMENT_CHANNELS", "slack:T1/C1,slack:C1=Here", "slack:C1 is named twice"),
    ("HTG_RETENTION", "1h", "between 24h and 3650d"),
    ("HTG_DM_PER_MINUTE", "slack:0", "from 1 to 6000"),
    ("HTG_DM_PER_MINUTE", "slack:200,slack:20", "slack is named twice"),
    ("HTG_DM_PER_MINUTE", "teams:5", "slack: or discord:"),
    ("HTG_LOG_FORMAT", "xml", "console, json"),
    ("HTG_ALLOW_EPHEMERAL", "maybe", "1, 0"),
    ("HOST", "not a host", "name or the number"),
    ("HOST", "0.0.0.0:80", "name or the number"),
    ("HOST", "999.0.0.1", "name or the number"),
    ("HOST", f"{'x' * 64}.example.org", "name or the number"),
    ("HOST", "circles..example.org", "name or the number"),
    ("PORT", "99999", "from 0 to 65535"),
    ("SLACK_API_URL", "ftp://example.org", "https://"),
    ("DISCORD_GUILD_IDS", "4001 4002", "not the id of a server"),
    ("DISCORD_TOKEN", "Bot abcdefgh", "space"),
    ("ZOOM_WEBHOOK_SECRET", "two of,them", "space"),
    ("DISCORD_TOKEN", "x" * 256, "more than one value"),
]


@pytest.mark.parametrize(("name", "value", "why"), WRONG)
def test_a_wrong_value_is_named_with_why_and_an_example(load: Load, name: str, value: str, why: str) -> None:
    (problem,) = problems(load, **{name: value})
    assert problem.startswith(f"{name}: ")
    assert f"For example: {name}={EXAMPLES[name]}" in problem
    assert any(each in problem for each in why.split("|"))
    assert "\n" not in problem


def test_all_bad_ones_are_reported_at_once(load: Load) -> None:
    named = [each.partition(":")[0] for each in problems(load, HTG_LANGUAGE="fr", PORT="x", HTG_REMINDER="1h")]
    assert sorted(named) == ["HTG_LANGUAGE", "HTG_REMINDER", "PORT"]
    named = [each.partition(":")[0] for each in problems(load, HTG_SECRET_KEY="", HTG_TIMEZONE="Madird")]
    assert sorted(named) == ["HTG_LANGUAGE", "HTG_REMINDER", "HTG_SECRET_KEY", "HTG_TIMEZONE", "PORT"]


@pytest.mark.parametrize(
    ("name", "value", "bad"),
    [
        ("HTG_REMINDERS", "1hour,31d,2x", ["'31d' is not between", "'2x' is not a length"]),
        ("HTG_FACILITATORS", "bob,discord:42,discord:#7,ann", ["'bob'", "'discord:#7' is a channel", "'ann'"]),
        ("HTG_ANNOUNCEMENT_CHANNELS", "bob,discord:#42,discord:7", ["'bob'", "'discord:7' is a person"]),
        ("HTG_DM_PER_MINUTE", "slack:0,telegram:4,discord:x", ["slack: '0'", "'telegram:4'", "discord: 'x'"]),
        ("SLACK_TEAM_IDS", "X1,T0123ABCD,X2", ["'X1'", "'X2'"]),
        ("DISCORD_GUILD_IDS", "4001 4002,4003,Home", ["'4001 4002' is not", "'Home' is not"]),
        ("HTG_SECRET_KEY", f"{'ab' * 20},{KEY},short", ["key 1 of 3 repeats itself", "key 3 of 3 is too short"]),
    ],
)
def test_all_bad_items_of_a_list_are_named(load: Load, name: str, value: str, bad: list[str]) -> None:
    (problem,) = problems(load, **{name: value})
    assert [each for each in bad if each not in problem] == []
    assert problem.count(f"For example: {name}=") == 1


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_setting_reads_its_own_default(load: Load, name: str) -> None:
    assert load(**{name: ""}).platforms() == []


SECRETS = [each.alias for each in Settings.model_fields.values() if "Secret" in repr(each.annotation)]


@pytest.mark.slow
@given(name=st.sampled_from(SECRETS), rest=st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), max_size=40))
@hypothesis_settings(deadline=None, max_examples=300)
def test_no_secret_is_ever_quoted(name: str, rest: str) -> None:
    value = "hunt3r2" + rest
    with pytest.MonkeyPatch.context() as patch:
        for hostile in (f"https://[{value}", f"postgresql://u:{value}@h:{value}/x", f"xoxb {value}", value):
            patch.setenv(name, hostile)
            try:
                said = repr(settings.load())
            except SettingsError as refused:
                said = repr(refused)
            assert "hunt3r2" not in said


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("HTG_SMTP_URL", "https://smtp.example.org", "begin with smtps:// or smtp://"),
        ("HTG_SMTP_URL", "smtps://ada@smtp.example.org", "a user needs a password"),
        ("HTG_SMTP_URL", "smtps://smtp.example.org/path", "after the host"),
        ("HTG_SMTP_URL", "smtps://smtp.example.org:0", "port 0"),
        ("HTG_SMTP_URL", "smtps://smtp.example.org:99999", "that can be read"),
        ("HTG_MAIL_FROM", "Healing Together", "@-sign. For example"),
        ("HTG_MAIL_FROM", "ann@example.org, bo@example.org", "more than one address"),
        ("HTG_MAIL_FROM", "Healing, Inc <ann@example.org>", "more than one address"),
        ("HTG_MAIL_FROM", "Healing <gatherings@localhost>", "period"),
    ],
)
def test_a_wrong_mail_server_is_named_with_why(load: Load, name: str, value: str, why: str) -> None:
    good = {
        "HTG_SMTP_URL": "smtps://ada%40example.org:hunt%2Fr2@smtp.example.org",
        "HTG_MAIL_FROM": "Healing Together <gatherings@example.org>",
        "HTG_PUBLIC_URL": "https://gatherings.example.org",
    }
    assert load(**good).platforms() == ["E-mail"]
    (problem,) = problems(load, **good | {name: value})
    assert problem.startswith(f"{name}: ")
    assert why in problem
    assert "hunt" not in problem


def test_a_mail_server_needs_a_sender_and_a_public_address(load: Load) -> None:
    missing = problems(load, HTG_SMTP_URL="smtps://smtp.example.org")
    assert [problem.partition(":")[0] for problem in missing] == ["HTG_MAIL_FROM", "HTG_SMTP_URL"]
    assert "HTG_PUBLIC_URL" in missing[1]


def test_the_secrets_are_the_ones_we_think() -> None:
    assert set(SECRETS) == {
        *("DATABASE_URL", "HTG_SECRET_KEY", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"),
        *("SLACK_CLIENT_SECRET", "DISCORD_TOKEN", "ZOOM_CLIENT_SECRET", "ZOOM_WEBHOOK_SECRET", "HTG_SMTP_URL"),
    }


PARTIAL = [
    ({"SLACK_BOT_TOKEN": "xoxb-12345678"}, ["SLACK_BOT_TOKEN: it also needs SLACK_APP_TOKEN or SLACK_SIGNING_SECRET"]),
    ({"SLACK_APP_TOKEN": "xapp-12345678"}, ["SLACK_APP_TOKEN: it also needs SLACK_BOT_TOKEN"]),
    ({"SLACK_SIGNING_SECRET": "12345678"}, ["SLACK_SIGNING_SECRET: it also needs SLACK_BOT_TOKEN"]),
    (SLACK | {"SLACK_CLIENT_SECRET": "12345678"}, ["SLACK_CLIENT_ID: it is missing"]),
    (
        {"SLACK_CLIENT_ID": "1.2", "SLACK_SIGNING_SECRET": "12345678"},
        [
            "SLACK_CLIENT_SECRET: it is missing",
            "SLACK_CLIENT_ID: it also needs HTG_PUBLIC_URL",
            "SLACK_CLIENT_ID: it also needs SLACK_TEAM_IDS. For example: SLACK_TEAM_IDS=T0123ABCD",
        ],
    ),
    ({"ZOOM_CLIENT_ID": "abc"}, ["ZOOM_ACCOUNT_ID: it is missing", "ZOOM_CLIENT_SECRET: it is missing"]),
    ({"ZOOM_CLIENT_ID": "abc", "ZOOM_ACCOUNT_ID": "abc"}, ["ZOOM_CLIENT_SECRET: it is missing"]),
]


@pytest.mark.parametrize(("environment", "expected"), PARTIAL)
def test_half_a_platform_is_refused(load: Load, environment: dict[str, str], expected: list[str]) -> None:
    found = problems(load, **environment)
    assert len(found) == len(expected)
    assert all(each.startswith(start) for each, start in zip(found, expected, strict=True))


def test_whole_platforms_are_named(load: Load) -> None:
    zoom = {"ZOOM_ACCOUNT_ID": "a", "ZOOM_CLIENT_ID": "b", "ZOOM_CLIENT_SECRET": "12345678"}
    assert load(**SLACK, **zoom, DISCORD_TOKEN="12345678").platforms() == ["Slack", "Discord", "Zoom"]


SEVERAL = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "12345678",
    "SLACK_SIGNING_SECRET": "12345678",
    "HTG_PUBLIC_URL": "https://gatherings.example.org",
    "SLACK_TEAM_IDS": "T0123ABCD, E0HOME",
}


def test_where_several_workspaces_may_be_connected_a_person_is_named_with_theirs(load: Load) -> None:
    assert load(**SEVERAL).slack_team_ids == ("T0123ABCD", "E0HOME")
    (problem,) = problems(load, **SEVERAL, HTG_FACILITATORS="slack:T1/U1, slack:U456,discord:42")
    assert problem.startswith("HTG_FACILITATORS: several workspaces may be connected, and slack:U456 does not say")
    assert load(**SEVERAL, HTG_FACILITATORS="slack:T1/U1").several_workspaces
    one = load(**SEVERAL, SLACK_BOT_TOKEN="xoxb-12345678", HTG_FACILITATORS="slack:U456")
    assert not one.several_workspaces


@pytest.mark.parametrize("wrong", ["42", "T", "U0123", "T0123,", "t0123"])
def test_a_workspace_is_known_by_its_id(load: Load, wrong: str) -> None:
    (problem,) = problems(load, SLACK_TEAM_IDS=wrong)
    assert problem.startswith("SLACK_TEAM_IDS: ")
    assert "is not the id of a workspace (T…) or of an organisation (E…)" in problem


def test_late_entry_is_held_against_the_duration_even_where_it_was_not_given(load: Load) -> None:
    (problem,) = problems(load, HTG_DURATION="8m")
    assert problem.startswith("HTG_LATE_ENTRY: 10m is not shorter than a gathering (HTG_DURATION is 8m)")
    assert load(HTG_LATE_ENTRY=EXAMPLES["HTG_LATE_ENTRY"]).late_entry == timedelta(minutes=3)


def test_doors_that_never_open_are_refused(load: Load) -> None:
    (problem,) = problems(load, HTG_LATE_ENTRY="0m", HTG_DOORS_OPEN="0m")
    assert problem.startswith("HTG_DOORS_OPEN: ")


def test_sqlite_is_refused_where_the_disk_is_erased(load: Load) -> None:
    (problem,) = problems(load, DYNO="web.1")
    assert "HTG_ALLOW_EPHEMERAL=1" in problem
    assert load(DYNO="web.1", DATABASE_URL="postgres://localhost/htg").dyno == "web.1"
    assert load(DYNO="web.1", DATABASE_URL="sqlite:///x.db", HTG_ALLOW_EPHEMERAL="1").allow_ephemeral


def test_the_environment_wins_over_the_file(load: Load, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("\ufeffHTG_LANGUAGE=es\nHTG_ORGANISATION='The Circle'  # us\n", encoding="utf-8")
    assert (load().language, load().organisation) == ("es", "The Circle")
    assert load(HTG_LANGUAGE="en").language == "en"
    assert load(HTG_LANGUAGE="").language == "en", "set empty is set: the default, not the file's"


def test_a_misspelt_name_is_named_with_the_nearest(load: Load, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SLACK_SIGNING_SECERT=12345678\nPYTHONPATH=x\n", encoding="utf-8")
    assert problems(load, HTG_TIMEZON="UTC", SLACK_COLOUR="blue") == (
        "HTG_TIMEZON: there is no such setting. Is it HTG_TIMEZONE?",
        "SLACK_SIGNING_SECERT: there is no such setting. Is it SLACK_SIGNING_SECRET?",
    )


def test_a_file_that_cannot_be_read_says_where(load: Load, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("HTG_LANGUAGE=en\nHTG_SECRET_KEY='hunter2\n", encoding="utf-8")
    assert problems(load) == (".env: line 2 is not NAME=value",)
    (tmp_path / ".env").write_bytes("HTG_ORGANISATION=Círculo".encode("latin-1"))
    assert problems(load) == (".env: it could not be read as UTF-8 text. Write one NAME=value a line",)
    (tmp_path / ".env").unlink()
    (tmp_path / ".env").mkdir()
    assert problems(load) == (".env: it is no file that can be read (Is a directory)",)


def test_the_key_is_asked_for_by_what_needs_it(load: Load) -> None:
    with pytest.raises(SettingsError, match="HTG_SECRET_KEY: it is missing"):
        load().keys()
    assert load(HTG_SECRET_KEY=f"{KEY},{ANOTHER}").keys() == [KEY, ANOTHER]


def test_listening_everywhere_only_where_the_platform_gives_the_port(load: Load, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=9000\n", encoding="utf-8")
    assert load().address() == ("127.0.0.1", 9000)
    assert load(PORT="5000").address() == ("0.0.0.0", 5000)  # noqa: S104
    assert load(HOST="127.0.0.1").address() == ("127.0.0.1", 5000)
    assert load(HOST="::1").address() == ("::1", 5000)
    assert load(HOST="circles.internal").address() == ("circles.internal", 5000)


def test_an_agreement_is_read_in_each_language(load: Load, tmp_path: Path) -> None:
    for language, words in (("en", "\ufeff# We listen\r\n\r\nSoftly.\n"), ("es", "Escuchamos.")):
        (tmp_path / f"agreement.{language}.md").write_bytes(words.encode())
    config = load(HTG_AGREEMENT=str(tmp_path / "agreement.{language}.md")).config()
    assert config.agreement == {"en": "# We listen\n\nSoftly.", "es": "Escuchamos."}
    (tmp_path / "agreement.es.md").write_text("x" * 2001)
    with pytest.raises(SettingsError, match="has 2001 characters, and it takes 1 to 2000"):
        load(HTG_AGREEMENT=str(tmp_path / "agreement.{language}.md"))
