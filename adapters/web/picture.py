"""The picture of a gathering that chats and networks show beside a shared address: 1200 × 630, drawn here."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from io import BytesIO
from math import cos, pi, sin
from pathlib import Path
from typing import TYPE_CHECKING

from bot.limited import LimitedDict

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

WIDTH, HEIGHT = 1200, 630
"""Pixels, as Open Graph readers expect them."""
MARGIN = 90
TEXT_WIDTH = 740
MAX_LINES = 4
PAPER, INK, SOFT, ACCENT, OPEN_PLACE = "#f8f3ec", "#2b231d", "#655749", "#9d4425", "#dcb9a6"
FONT = Path(__file__).parent / "fonts" / "lora-latin-500-normal.woff"
KEPT = 64
"""Pictures in memory."""


@dataclass(frozen=True, slots=True)
class PictureWords:
    """What is written in it."""

    title: str
    when: str
    house: str


def draw(words: PictureWords) -> bytes:
    """A PNG. Signs that the font does not have are left out: an empty box says nothing."""
    from PIL import Image, ImageDraw, ImageFont  # slow to import, and few processes draw

    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(image)
    _circle(pen)
    title_font, small_font = (ImageFont.truetype(FONT, size) for size in (66, 34))
    lines = _wrapped(_drawable(words.title, title_font), title_font)
    y = HEIGHT / 2 - (len(lines) * 80 + 70) / 2
    for line in lines:
        pen.text((MARGIN, y), line, fill=INK, font=title_font)
        y += 80
    pen.text((MARGIN, y + 24), _fitting(_drawable(words.when, small_font), small_font), fill=ACCENT, font=small_font)
    house = _fitting(_drawable(words.house, small_font), small_font)
    pen.text((MARGIN, HEIGHT - MARGIN - 10), house, fill=SOFT, font=small_font)
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


class PictureCache:
    """Pictures that were drawn lately, by their words."""

    def __init__(self) -> None:
        self._drawn = LimitedDict[PictureWords, bytes](KEPT)
        self._pen = asyncio.Lock()

    async def get(self, words: PictureWords) -> bytes:
        """Drawn beside the event loop, one at a time: whoever asks for many delays no other page."""
        async with self._pen:
            drawn = self._drawn.get(words)
            if drawn is None:
                drawn = await asyncio.to_thread(draw, words)
            self._drawn[words] = drawn
            return drawn


def _circle(pen: ImageDraw) -> None:
    """The house's mark: people in a ring, and a place that is free."""
    centre_x, centre_y, ring, size = WIDTH - 200, HEIGHT / 2, 112, 36
    for place in range(6):
        angle = pi / 3 * place - pi / 2
        x, y = centre_x + ring * cos(angle), centre_y + ring * sin(angle)
        fill = OPEN_PLACE if place == 5 else ACCENT
        pen.ellipse((x - size, y - size, x + size, y + size), fill=fill)


def _drawable(text: str, font: FreeTypeFont) -> str:
    missing = bytes(font.getmask("\uffff"))
    return "".join(sign for sign in text if sign == " " or bytes(font.getmask(sign)) != missing)


def _wrapped(text: str, font: FreeTypeFont) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= TEXT_WIDTH:
            lines[-1] = longer
        else:
            lines.append(word)
    shown = [_fitting(line, font) for line in lines[:MAX_LINES]]
    if len(lines) > MAX_LINES:
        shown[-1] = _fitting(f"{shown[-1]} {lines[MAX_LINES]}", font)
    return shown


def _fitting(line: str, font: FreeTypeFont) -> str:
    """The line, cut where it is wider than there is room."""
    if font.getlength(line) <= TEXT_WIDTH:
        return line
    cut = line
    while font.getlength(cut + "…") > TEXT_WIDTH and len(cut) > 1:
        cut = cut[:-1]
    return cut.rstrip() + "…"
