"""Texts of the team of facilitators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.addresses import Address
from bot.button_texts import page_buttons, paragraphs
from bot.i18n import Locale, line
from bot.platform import Platform, platform_of, registered
from bot.request import Call, fits
from bot.views import (
    Button,
    Buttons,
    Form,
    Heading,
    Item,
    Line,
    Note,
    Paragraph,
    Part,
    PeopleField,
    Span,
    Strong,
    Text,
    Tone,
    View,
)

FIXED_SHOWN = 20
"""Addresses set by the operator that one page names."""


def _row(address: Address, names: Mapping[Address, str]) -> Line:
    name = names.get(address)
    return (Strong(name), Text(f" · {address}")) if name else (Strong(str(address)),)


def team(
    locale: Locale,
    added: Sequence[Address],
    fixed: Sequence[Address],
    names: Mapping[Address, str],
    page: int,
    *,
    more: bool,
    fixed_more: int = 0,
) -> View:
    """`added`: one page of those who can be removed; `fixed`: those the operator set."""
    parts: list[Part] = [Heading(locale.t("Who facilitates"))]
    parts += [Item((_row(address, names),), _remove(locale, address)) for address in added]
    if fixed:
        parts.append(Paragraph(line(locale.t("Set by whoever runs the bot, and changed there:"))))
        rest = (line(locale.plural("and {n} more", "and {n} more", fixed_more)),) if fixed_more else ()
        parts.append(Item((*(_row(address, names) for address in fixed), *rest)))
    if not added and not fixed:
        parts.append(Paragraph(line(locale.t("Nobody has been added yet."))))
    parts.append(Note(line(organisers(locale))))
    add = Button(locale.t("Add somebody"), Call("host-team-add"), Tone.NEXT)
    return View((*parts, Buttons((add, *page_buttons(locale, Call("host-team"), page, more=more)))))


def _remove(locale: Locale, address: Address) -> tuple[Button, ...]:
    """Not for an address that no button can hold: `htg facilitators remove` takes it."""
    call = Call.of("host-team-remove", who=address)
    return (Button(locale.t("Remove"), call),) if fits(call) else ()


def organisers(locale: Locale) -> str:
    everyone = [locale.t(platform.organisers) for platform in registered() if platform.organisers]
    listed = everyone[0]
    for last in everyone[1:]:
        listed = locale.t("{others}, and {last}").format(others=listed, last=last)
    sentence = locale.t("{organisers}, facilitate without being added.")
    return sentence.format(organisers=f"{listed[:1].upper()}{listed[1:]}")


def form(locale: Locale, platform: str, typed: str = "", error: str = "") -> Form:
    return Form(
        locale.t("Add a facilitator"),
        Call("host-team-add"),
        (
            PeopleField(
                "who",
                locale.t("Who?"),
                locale.t("Or their ID or address"),
                value=typed,
                hint=locale.t(platform_of(platform).id_hint),
                error=error,
                most=1,
                limit=100,
            ),
        ),
        locale.t("Add"),
    )


def not_a_person(locale: Locale, typed: str) -> str:
    sentence = locale.t("I could not find a person in “{typed}”. Try their ID, or an address like {example}.")
    example = next((platform.person_example for platform in registered() if platform.person_example), "")
    return sentence.format(typed=typed[:60], example=example)


def which_workspace(locale: Locale, typed: str, platform: Platform) -> str:
    sentence = locale.t("“{typed}” is somebody on {platform}: please add the workspace, like {example}.")
    return sentence.format(typed=typed[:60], platform=platform.shown_name, example=platform.person_example)


def _named(address: Address, names: Mapping[Address, str]) -> Span:
    name = names.get(address)
    return Strong(f"{name} ({address})" if name else str(address))


def added(locale: Locale, address: Address, names: Mapping[Address, str], *, before: bool, picked: str = "") -> View:
    """`picked`: what the platform's picker calls them, who may never have written."""
    sentence = locale.t("{who} facilitates already.") if before else locale.t("From now on, {who} can use /htg-host.")
    shown = {address: picked, **names} if picked else names
    parts: list[Part] = [Paragraph(line(sentence, who=_named(address, shown)))]
    if address not in names:
        parts.append(Note(line(locale.t("I have not met them yet. It holds as soon as they write to me."))))
    if note := platform_of(address.platform).facilitator_note:
        parts.append(Note(line(locale.t(note))))
    return View((*parts, Buttons((Button(locale.t("The team"), Call("host-team")),))))


def removed(
    locale: Locale, address: Address, names: Mapping[Address, str], *, before: bool, last: bool, is_self: bool
) -> View:
    sentence = (
        locale.t("{who} had been removed already.") if before else locale.t("{who} was removed from the facilitators.")
    )
    parts: list[Part] = [Paragraph(line(sentence, who=_named(address, names)))]
    if last:
        parts.append(Paragraph(line(locale.t("Nobody who was added is left."))))
        parts.append(Note(line(organisers(locale))))
    if is_self:
        return View(tuple(parts))
    again = Button(locale.t("Add again"), Call.of("host-team-add", who=address))
    return View((*parts, Buttons((again, Button(locale.t("The team"), Call("host-team"))))))


def last_one(locale: Locale) -> View:
    sentence = locale.t(
        "That is the last facilitator. Please add somebody else first, so that the gatherings have one."
    )
    return paragraphs(line(sentence), buttons=(Button(locale.t("Add somebody"), Call("host-team-add"), Tone.NEXT),))


def set_by_operator(locale: Locale, address: Address) -> View:
    sentence = locale.t("{who} was set by whoever runs the bot (HTG_FACILITATORS), and can only be removed there.")
    team = Button(locale.t("The team"), Call("host-team"))
    return paragraphs(line(sentence, who=Strong(str(address))), buttons=(team,))
