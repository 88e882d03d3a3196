"""The catalogue, filled: importing this declares every command."""

from bot.commands import drafts, host, log, member, membership, message, scheduling, team, topics
from bot.commands.catalogue import Command, Kind, Option, commands, find, listed, parse
from bot.commands.finding import choices

__all__ = [
    "Command",
    "Kind",
    "Option",
    "choices",
    "commands",
    "drafts",
    "find",
    "host",
    "listed",
    "log",
    "member",
    "membership",
    "message",
    "parse",
    "scheduling",
    "team",
    "topics",
]
