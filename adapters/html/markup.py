"""HTML from a template of our own and values of anybody's."""

from __future__ import annotations

from markupsafe import Markup, escape


def fill(template: str, *values: object) -> Markup:
    """The template, which is ours, with each `{}` filled by a value, escaped where it is not `Markup` itself.

    As `Markup(template).format(*values)`, without its parser of formats, which took a third of the time of a letter.
    """
    return Markup(template.format(*map(escape, values)))  # noqa: S704 - every value was escaped
