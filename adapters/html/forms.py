"""Forms as HTML: each field with its label, hint and error. Pure."""

from __future__ import annotations

from typing import assert_never

from markupsafe import Markup

from adapters.html.markup import fill
from adapters.html.spans import lines
from bot import moments, people
from bot.i18n import Locale
from bot.views import ChecksField, ChoiceField, Field, Form, MomentsField, PeopleField, TextField

FIELD_PREFIX = "field:"
"""Before a field's name, in the name of its control."""
FIELDS = "fields"
"""The name of the hidden controls that list the fields of a form: browsers leave out boxes that are not ticked."""
_NONE = Markup("")


def render_form(form: Form, locale: Locale) -> Markup:
    """What a form is about, and its fields, with each error beside its field and announced with it."""
    about = [fill("<p>{}</p>", lines(form.about))] if form.about else []
    fields = [_field(field, f"field-{number}", locale) for number, field in enumerate(form.fields, 1)]
    return Markup("\n").join(about + fields)


def _field(field: Field, control_id: str, locale: Locale) -> Markup:
    match field:
        case TextField():
            return _labelled(field, control_id, _text(field, control_id), locale)
        case ChoiceField():
            return _labelled(field, control_id, _choice(field, control_id), locale)
        case ChecksField():
            return _checks(field, control_id)
        case MomentsField():
            return _moments(field, control_id)
        case PeopleField():  # browsers have no picker for people
            return _field(people.in_words(field), control_id, locale)
        case _ as unreachable:
            assert_never(unreachable)


def _labelled(field: TextField | ChoiceField, control_id: str, control: Markup, locale: Locale) -> Markup:
    optional = _NONE if field.required else fill(' <span class="optional">{}</span>', locale.t("(optional)"))
    return fill(
        '<div class="field"><label for="{}">{}{}</label>{}{}{}</div>',
        control_id,
        field.label,
        optional,
        _hint(field, control_id),
        control,
        _error(field, control_id),
    )


def _hint(field: Field, control_id: str) -> Markup:
    return fill('<p class="hint" id="{}-hint">{}</p>', control_id, lines(field.hint)) if field.hint else _NONE


def _error(field: Field, control_id: str) -> Markup:
    return fill('<p class="error" id="{}-error">{}</p>', control_id, lines(field.error)) if field.error else _NONE


def _aria(field: Field, control_id: str) -> Markup:
    by = [f"{control_id}-hint"] * bool(field.hint) + [f"{control_id}-error"] * bool(field.error)
    invalid = Markup(' aria-invalid="true"') if field.error else _NONE
    return (fill(' aria-describedby="{}"', " ".join(by)) if by else _NONE) + invalid


def _text(field: TextField, control_id: str) -> Markup:
    rest = _aria(field, control_id) + (Markup(' aria-required="true"') if field.required else _NONE)
    # The value of a secret field stays in the browser and is not sent back to it.
    value = "" if field.secret else field.value
    limits = fill(
        'id="{}" name="{}" maxlength="{}" autocomplete="off"{}',
        control_id,
        FIELD_PREFIX + field.name,
        field.limit,
        Markup(' spellcheck="false"') if field.secret else _NONE,
    )
    if field.multiline:
        # The line break after the tag is HTML's own: a first one in the value would otherwise be swallowed.
        return fill('<textarea {} rows="3"{}>\n{}</textarea>', limits, rest, value)
    return fill('<input {} value="{}"{}>', limits, value, rest)


def _choice(field: ChoiceField, control_id: str) -> Markup:
    empty = _NONE if field.required and field.value else Markup('<option value=""></option>')
    options = _NONE.join(
        fill(
            '<option value="{}"{}>{}</option>',
            choice.value,
            Markup(" selected") if choice.value == field.value else _NONE,
            choice.label,
        )
        for choice in field.choices
    )
    required = Markup(' aria-required="true"') if field.required else _NONE
    return fill(
        '<select id="{}" name="{}"{}{}>{}{}</select>',
        control_id,
        FIELD_PREFIX + field.name,
        required,
        _aria(field, control_id),
        empty,
        options,
    )


def _moments(field: MomentsField, control_id: str) -> Markup:
    """The browser's own pickers for each line, and its words; then the lines that may be added."""
    found = moments.lines(field)
    rows = [_line(field, control_id, number, line, len(found)) for number, line in enumerate(found, 1)]
    if field.more:
        rows.append(_lines_of(field, moments.more(field), f"{control_id}-more", field.more, "", _NONE))
    return fill(
        '<fieldset class="field"><legend>{}</legend>{}{}{}{}</fieldset>',
        field.label,
        _hint(field, control_id),
        _error(field, control_id),
        _readings(field, control_id),
        _NONE.join(rows),
    )


def _line(field: MomentsField, control_id: str, number: int, line: moments.PickedLine, of: int) -> Markup:
    which = f" {number}" if of > 1 else ""
    pickers = [
        fill(
            '<label>{} <input type="{}" id="{}" name="{}" value="{}"></label>',
            label + which,
            control,
            f"{control_id}-{kind}-{number}",
            FIELD_PREFIX + moments.name(field, kind, number),
            value,
        )
        for kind, control, label, value in (
            ("day", "date", field.day, line.day),
            ("time", "time", field.time, line.time),
        )
    ]
    words_id = control_id if number == 1 else f"{control_id}-words-{number}"
    words = _lines_of(
        field,
        moments.name(field, "words", number),
        words_id,
        field.words + which,
        line.words,
        _aria(field, control_id) if number == 1 and not field.readings else _NONE,
    )
    return fill('<div class="pickers">{}</div>{}', _NONE.join(pickers), words)


def _lines_of(field: MomentsField, name: str, control_id: str, label: str, value: str, aria: Markup) -> Markup:
    return fill(
        '<label for="{}">{}</label>'
        '<textarea id="{}" name="{}" maxlength="{}" autocomplete="off" rows="2"{}>\n{}</textarea>',
        control_id,
        label,
        control_id,
        FIELD_PREFIX + name,
        field.limit,
        aria,
        value,
    )


def _readings(field: MomentsField, control_id: str) -> Markup:
    """To choose from, the first thing to do; the hidden control lists the choice among the fields of the form."""
    if not field.readings:
        return _NONE
    choices = _NONE.join(
        fill(
            '<label class="check"><input type="radio" name="{}" value="{}"> <span>{}</span></label>',
            FIELD_PREFIX + field.reading,
            choice.value,
            choice.label,
        )
        for choice in field.readings
    )
    return fill(
        '<input type="hidden" name="{}" value="{}"><fieldset class="field"{}><legend>{}</legend>{}</fieldset>',
        FIELDS,
        field.reading,
        _aria(field, control_id),
        field.which,
        choices,
    )


def _checks(field: ChecksField, control_id: str) -> Markup:
    ticked = set(field.value.split(","))
    boxes = _NONE.join(
        fill(
            '<label class="check"><input type="checkbox" name="{}" value="{}"{}> <span>{}</span></label>',
            FIELD_PREFIX + field.name,
            choice.value,
            Markup(" checked") if choice.value in ticked else _NONE,
            choice.label,
        )
        for choice in field.choices
    )
    return fill(
        '<fieldset class="field"{}><legend>{}</legend>{}{}{}</fieldset>',
        _aria(field, control_id),
        field.label,
        _hint(field, control_id),
        boxes,
        _error(field, control_id),
    )
