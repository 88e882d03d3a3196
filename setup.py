"""Compiles the translations while the package is installed. Everything else is declared in pyproject.toml."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import ClassVar

from setuptools import Command, setup
from setuptools.command.build import build

sys.path.insert(0, str(Path(__file__).parent))

from bot.translations import LOCALE, compile_po


class BuildTranslations(Command):
    """Beside each `.po`, where both an installed package and an editable one look for it."""

    description = "compile the translations (.po) for gettext (.mo)"
    user_options: ClassVar = []

    def initialize_options(self) -> None:
        pass

    def finalize_options(self) -> None:
        pass

    def run(self) -> None:
        for po in LOCALE.glob("*/LC_MESSAGES/*.po"):
            po.with_suffix(".mo").write_bytes(compile_po(po.read_text("utf-8")))


class Build(build):
    sub_commands: ClassVar = [("build_translations", None), *build.sub_commands]


setup(cmdclass={"build": Build, "build_translations": BuildTranslations})
