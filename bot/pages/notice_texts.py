"""Every sentence of error pages."""

from __future__ import annotations

from dataclasses import dataclass

from bot.i18n import Locale

NO_SUCH_LINK = "link"


@dataclass(frozen=True, slots=True)
class NoticePage:
    title: str
    spoken: str
    home: str
    back: str = ""
    """To the personal page on which something was pressed; empty where there is none."""


def notice(locale: Locale, about: int | str, *, back: bool = False) -> NoticePage:
    """An error page, by HTTP status; NO_SUCH_LINK for a personal link that names no registration."""
    sentences = {
        NO_SUCH_LINK: (
            locale.t("This link leads nowhere any more"),
            locale.t(
                "It belongs to no registration: it may have been copied in part, or the registration was given up."
                " In chat, /htg mine has your own links; by e-mail, the button in your latest letter leads to them."
            ),
        ),
        403: (locale.t("That does not work here"), locale.t("Another page sent this. Please begin on our own page.")),
        404: (locale.t("There is nothing here"), locale.t("The address may have been mistyped, or the page is gone.")),
        405: (locale.t("That does not work here"), locale.t("This address cannot be used in that way.")),
        408: (locale.t("That took too long"), locale.t("The request did not arrive whole. Please try once more.")),
        413: (locale.t("That is too large"), locale.t("What was sent is larger than anything this page takes.")),
        415: (locale.t("That does not work here"), locale.t("What was sent is not of a kind that this page takes.")),
        429: (
            locale.t("One moment, please"),
            locale.t("Many requests came from your network. Please try in a minute."),
        ),
        503: (locale.t("One moment, please"), locale.t("It is busy at the door. Please try again in a few seconds.")),
    }
    otherwise = (locale.t("Something went wrong"), locale.t("It is not your doing. Please try again in a moment."))
    title, spoken = sentences.get(about, otherwise)
    return NoticePage(title, spoken, locale.t("Upcoming gatherings"), locale.t("Look again") if back else "")


def reference(locale: Locale, code: str) -> str:
    return locale.t("If you write to us about it, give the reference {reference}.").format(reference=code)
