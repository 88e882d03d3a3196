"""`htg init`: from nothing to a bot that can run, by questions. What is answered goes into `.env`."""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import click

import settings
from bot.ports import CheckLevel
from cli.desktop import open_page
from cli.errors import CommandFailed
from cli.key_strength import weakness
from cli.setting_types import revealed
from settings import Settings, SettingsError
from storage.atomic_write import atomic_write

ENV_FILE = Path(".env")
SLACK_APPS = "https://api.slack.com/apps"
DISCORD_APPS = "https://discord.com/developers/applications"
TRIES = 3
"""How often somebody is asked for what is not accepted."""
_SECRETS = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "DISCORD_TOKEN")
_ASKED = (*_SECRETS, "HTG_FACILITATORS")
_CONNECTED = ("SLACK_BOT_TOKEN", "SLACK_CLIENT_ID", "DISCORD_TOKEN")
_ADDRESSES = {
    "Slack": "slack: and your member ID (your profile, ⋮, Copy member ID), like slack:U456",
    "Discord": "discord: and your user ID (Settings, Advanced, Developer Mode; then Copy User ID), like discord:42",
}


@dataclass
class Answers:
    """What is set already, what was given as options, and what comes to be set."""

    present: Mapping[str, str]
    given: Mapping[str, str]
    new: dict[str, str] = field(default_factory=dict)
    accepted: dict[str, str] = field(default_factory=dict)
    """Of what is new, what was tried and works."""

    def knows(self, name: str) -> bool:
        return bool(self.new.get(name) or self.present.get(name))

    def take(self, name: str, question: str) -> bool:
        """The option, or else the answer, unless it is known; whether it is new."""
        if (given := self.given.get(name, "")) and given != self.present.get(name, given):
            if os.environ.get(name, "").strip():
                raise CommandFailed(
                    f"{name} is set in the environment, which counts before {ENV_FILE}: change it there."
                )
            self.new |= {name: given} if _asked(f"{name} is set already. Replace it?", name) else {}
        elif not self.knows(name):
            hidden = name in _SECRETS and sys.stdin.isatty()
            self.new[name] = given or _answer(question, name, hide_input=hidden)
        return name in self.new

    def accept(self, *names: str) -> None:
        self.accepted |= {name: self.new[name] for name in ("HTG_SECRET_KEY", *names) if name in self.new}

    def forget(self, *names: str) -> None:
        self.given = {name: value for name, value in self.given.items() if name not in names}
        for name in names:
            self.new.pop(name, None)

    def settings(self) -> Settings:
        """As the bot will read them; raises SettingsError."""
        with tempfile.TemporaryDirectory() as folder:
            candidate = Path(folder) / ENV_FILE.name
            candidate.touch(0o600)
            candidate.write_text(_with(_written(), self.new), "utf-8")
            return settings.load(candidate)


@click.command("init")
@click.option("--slack/--no-slack", default=None, help="Connect Slack, or do not.")
@click.option("--slack-bot-token", metavar="xoxb-…", help="SLACK_BOT_TOKEN.")
@click.option("--slack-app-token", metavar="xapp-…", help="SLACK_APP_TOKEN.")
@click.option("--discord/--no-discord", default=None, help="Connect Discord, or do not.")
@click.option("--discord-token", metavar="TOKEN", help="DISCORD_TOKEN.")
@click.option("--facilitator", metavar="ADDRESS", help="The first facilitator: slack:T123/U456 or discord:42.")
def init(
    slack: bool | None,
    slack_bot_token: str | None,
    slack_app_token: str | None,
    discord: bool | None,
    discord_token: str | None,
    facilitator: str | None,
) -> None:
    """From nothing to a running bot, by questions.

    Makes the key, connects Slack or Discord or both, tries each token, names the first facilitator, and writes .env in
    this folder, for you alone to read. What is set already is not asked for, and not overwritten unless you say so.
    Other people on this machine can see options while it runs: where there are any, answer questions.
    """
    given = {
        "SLACK_BOT_TOKEN": slack_bot_token,
        "SLACK_APP_TOKEN": slack_app_token,
        "DISCORD_TOKEN": discord_token,
        "HTG_FACILITATORS": facilitator,
    }
    answers = Answers(_present(), {name: value.strip() for name, value in given.items() if value})
    _make_key(answers)
    _refuse_other_faults(answers)
    wanted = {
        "Slack": _wants("Slack", slack, answers, "SLACK_BOT_TOKEN", "SLACK_CLIENT_ID"),
        "Discord": _wants("Discord", discord, answers, "DISCORD_TOKEN"),
    }
    if not any(wanted.values()):
        raise click.UsageError("Neither Slack nor Discord is to be connected; to try the bot without: htg sandbox")
    invitation = ""
    try:
        if wanted["Slack"]:
            _connect_slack(answers)
        if wanted["Discord"]:
            invitation = _connect_discord(answers)
        _name_facilitator(answers, [platform for platform, chosen in wanted.items() if chosen])
    except (click.Abort, KeyboardInterrupt):
        if answers.accepted:
            click.echo()
            _write(answers.accepted)
            click.echo("To go on from there: htg init")
        raise
    _write(answers.new)
    _say_what_comes_next(wanted, invitation)


def _present() -> dict[str, str]:
    """What is set in .env, or in the environment, which wins."""
    values = settings.dotenv_values(ENV_FILE) | dict(os.environ)
    return {name: values[name].strip() for name in settings.ALL_EXAMPLES if values.get(name, "").strip()}


def _written() -> str:
    """With its line ends as they are."""
    return ENV_FILE.read_bytes().decode("utf-8-sig") if ENV_FILE.exists() else ""


def _answer(question: str, name: str, *, hide_input: bool = False) -> str:
    try:
        return str(click.prompt(question, hide_input=hide_input)).strip()
    except click.Abort:
        raise _nobody_answers(name) from None


def _asked(question: str, name: str, *, default: bool = False) -> bool:
    try:
        return bool(click.confirm(question, default=default))
    except click.Abort:
        raise _nobody_answers(name) from None


def _nobody_answers(name: str) -> Exception:
    if sys.stdin.isatty():
        return click.Abort()
    return click.UsageError(f"Nobody is here to answer for {name}: give it as an option")


def _make_key(answers: Answers) -> None:
    if answers.knows("HTG_SECRET_KEY"):
        return
    key = secrets.token_urlsafe(32)
    while weakness(key):
        key = secrets.token_urlsafe(32)
    answers.new["HTG_SECRET_KEY"] = key
    click.echo("A key was made, with which Zoom links are kept encrypted.")


def _refuse_other_faults(answers: Answers) -> None:
    """What nothing that is asked here would mend."""
    try:
        answers.settings()
    except SettingsError as problem:
        others = [sentence for sentence in problem.problems if not any(name in sentence for name in _ASKED)]
        if others:
            raise SettingsError(*others, "Nothing was written.") from None


def _wants(platform: str, said: bool | None, answers: Answers, *names: str) -> bool:
    if said is not None:
        return said
    if any(answers.knows(name) or name in answers.given for name in names):
        return True
    if answers.knows("HTG_FACILITATORS") and any(map(answers.knows, _CONNECTED)):  # it was asked before
        click.echo(f"{platform} is not connected (htg init --{platform.lower()} connects it).")
        return False
    return _asked(f"Connect {platform}?", f"--{platform.lower()}", default=platform == "Slack")


def _connect_slack(answers: Answers) -> None:
    from adapters.slack.manifest import app_manifest

    if answers.knows("SLACK_CLIENT_ID"):
        return
    if not answers.knows("SLACK_BOT_TOKEN") and "SLACK_BOT_TOKEN" not in answers.given:
        manifest = json.dumps(app_manifest(socket_mode=True), ensure_ascii=False)
        click.echo("Create the app on this page, with its manifest filled in, and install it to your workspace:")
        _show(f"{SLACK_APPS}?{urlencode({'new_app': 1, 'manifest_json': manifest})}")

    def ask() -> bool:
        taken = answers.take("SLACK_BOT_TOKEN", "Bot token (OAuth & Permissions, xoxb-…)")
        if answers.present.get("SLACK_SIGNING_SECRET"):
            return taken
        question = "App-level token (Basic Information, with connections:write, xapp-…)"
        return answers.take("SLACK_APP_TOKEN", question) or taken

    _until_accepted(answers, ask, _check_slack, "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")


def _connect_discord(answers: Answers) -> str:
    """The address at which a server's administrator lets the bot in."""
    if not answers.knows("DISCORD_TOKEN") and "DISCORD_TOKEN" not in answers.given:
        click.echo("Create an application on this page, and reset the token of its bot:")
        _show(f"{DISCORD_APPS}?{urlencode({'new_application': 'true'})}")
    invitations: list[str] = []

    def check(accepted: Settings) -> list[str]:
        address, wrong = asyncio.run(_log_in_to_discord(accepted))
        invitations[:] = [address]
        return wrong

    def ask() -> bool:
        return answers.take("DISCORD_TOKEN", "Bot token (Bot, Reset Token)")

    _until_accepted(answers, ask, check, "DISCORD_TOKEN")
    return invitations[0] if invitations else ""


def _show(page: str) -> None:
    click.echo(f"  {page}")
    open_page(page)


def _until_accepted(
    answers: Answers, ask: Callable[[], bool], check: Callable[[Settings], list[str]], *names: str
) -> None:
    """Asks again for what is not accepted, and for nothing else, where somebody is there to answer."""
    for left in reversed(range(TRIES)):
        was_given = any(name in answers.given for name in names)
        ask()
        try:
            wrong = check(answers.settings())
        except SettingsError as problem:
            wrong = list(problem.problems)
        if not wrong:
            answers.accept(*names)
            return
        at_fault = [name for name in names if name in answers.new and any(name in sentence for sentence in wrong)]
        if was_given or not left or not at_fault:
            raise CommandFailed(*wrong, "Nothing was written.")
        for sentence in wrong:
            click.echo(sentence, err=True)
        answers.forget(*at_fault)


def _check_slack(accepted: Settings) -> list[str]:
    from adapters.slack.checks import check
    from cli.slack import credentials

    results = asyncio.run(check(credentials(accepted)))
    faults = [result.line for result in results if result.level is CheckLevel.FAULT]
    if not faults:
        click.echo(results[0].line)
    return faults


async def _log_in_to_discord(accepted: Settings) -> tuple[str, list[str]]:
    from adapters.discord.checks import check_token
    from adapters.discord.client import opened_client
    from adapters.discord.command_sync import invite_url

    async with opened_client(revealed(accepted.discord_token), accepted.discord_api_url) as client:
        known = await check_token(client)
        if known.level is CheckLevel.FAULT:
            return "", [known.line]
        click.echo(known.line)
        return invite_url(client.application), []


def _name_facilitator(answers: Answers, platforms: Sequence[str]) -> None:
    if not answers.knows("HTG_FACILITATORS") and "HTG_FACILITATORS" not in answers.given:
        click.echo("The first facilitator is named by an address:")
        for platform in platforms:
            click.echo(f"  {_ADDRESSES[platform]}")

    def ask() -> bool:
        return answers.take("HTG_FACILITATORS", "Your own address")

    def check(accepted: Settings) -> list[str]:
        told = {name.lower() for name in platforms}
        strangers = [str(address) for address in accepted.facilitators if address.platform not in told]
        if "HTG_FACILITATORS" not in answers.new or len(strangers) < len(accepted.facilitators):
            return []
        return [f"HTG_FACILITATORS: {', '.join(strangers)} is not on {' or '.join(platforms)}."]

    _until_accepted(answers, ask, check, "HTG_FACILITATORS")


def _write(values: Mapping[str, str]) -> None:
    if not values:
        if ENV_FILE.exists():
            ENV_FILE.chmod(0o600)
        click.echo(f"{ENV_FILE} stays as it is: all of this is set already.")
        return
    text = _with(_written(), values)
    try:
        with atomic_write(ENV_FILE.resolve()) as out:  # where it is a link, that stays one
            out.write(text.encode())
    except OSError as problem:
        raise CommandFailed(f"{ENV_FILE} cannot be written here: {problem.strerror}.") from None
    click.echo(f"Written to {ENV_FILE}, for you alone to read: {', '.join(values)}.")


def _with(text: str, values: Mapping[str, str]) -> str:
    """The lines of a `.env` with these values: instead of a line that sets one, else below all others."""
    line_end = "\r\n" if "\r\n" in text else "\n"
    lines = text.removesuffix(line_end).split(line_end) if text else []
    for name, value in values.items():
        ours = [at for at, line in enumerate(lines) if re.match(rf"\s*(?:export\s+)?{name}\s*=", line)]
        for at in ours:
            lines[at] = f"{name}={value}"
        lines += [] if ours else [f"{name}={value}"]
    return line_end.join(lines) + line_end


def _say_what_comes_next(wanted: Mapping[str, bool], invitation: str) -> None:
    click.echo("What comes next:")
    if invitation:
        click.echo(f"  let the bot into your server: {invitation}")
    click.echo("  htg db upgrade   makes the database")
    click.echo("  htg doctor       looks at everything, and says what is still to do")
    where = " or ".join(platform for platform, chosen in wanted.items() if chosen)
    click.echo(f"  htg run          starts the bot; then, on {where}: /htg-host create")
