"""What must hold before a release, and may be open until then: `make release-check` runs it.

Every sentence is translated; the wheel holds the product, its translations and nothing of the tests; the version is the
newest in the changelog. What lacks is listed, and ends it with 1.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

from bot.translations import po_file
from tests import messages

ROOT = messages.ROOT
PRODUCT = ("adapters/", "bot/", "cli/", "storage/", "htg.py", "settings.py")


def problems() -> Iterator[str]:
    yield from (problem for language in messages.translated_languages() for problem in untranslated(language))
    with tempfile.TemporaryDirectory() as folder:
        yield from wrong_in_wheel(built_wheel(Path(folder)))
    yield from wrong_version()


def untranslated(name: str) -> Iterator[str]:
    """The sentences of today without a translation, and translations of sentences that are no more."""
    language = messages.updated(name)
    for message in messages.waiting(language):
        files = ", ".join(sorted({file for file, _ in message.locations}))
        yield f"{name}: no translation of {message.id!r} ({files})"
    if po_file(name).read_bytes() != messages.po(language):
        yield f"{name}: its .po is not as the sources have it; run: make messages"


def built_wheel(folder: Path) -> list[str]:
    """The names in a wheel of what git holds, built as `make setup` builds it."""
    git = ["git", "checkout-index", "--all", f"--prefix={folder}/source/"]
    subprocess.run(git, cwd=ROOT, check=True)  # noqa: S603
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "wheel"]
    options = ["--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(folder / "source")]
    subprocess.run([*pip, *options], check=True)  # noqa: S603
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def wrong_in_wheel(names: list[str]) -> Iterator[str]:
    for name in names:
        if not name.startswith(PRODUCT) and ".dist-info/" not in name:
            yield f"the wheel holds {name}, which is no part of the product"
    needed = [str(po_file(name).with_suffix(".mo").relative_to(ROOT)) for name in messages.translated_languages()]
    needed += [f"{folder}py.typed" for folder in PRODUCT if folder.endswith("/")]
    yield from (f"the wheel lacks {name}" for name in needed if name not in names)
    if not any(name.endswith("/LICENSE") for name in names):
        yield "the wheel lacks LICENSE"


def wrong_version() -> Iterator[str]:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    newest = re.search(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)
    if newest is None or newest[1] != version:
        yield f"pyproject.toml has version {version}, and CHANGELOG.md has {newest[1] if newest else 'none'}"


def main() -> int:
    lacking = list(problems())
    sys.stdout.writelines(f"{problem}\n" for problem in lacking)
    sys.stdout.write(f"{len(lacking)} to mend before a release\n" if lacking else "ready for a release\n")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
