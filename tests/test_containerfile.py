"""The Containerfile does what the Procfile and the documents say, and takes no secret into the image."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.messages import ROOT

STEPS = [
    (line.partition(" ")[0], line.partition(" ")[2])
    for line in (ROOT / "Containerfile").read_text().splitlines()
    if line and not line.startswith("#")
]
IGNORED = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]


def of(kind: str) -> list[str]:
    return [rest for name, rest in STEPS if name == kind]


def is_copied(name: str) -> bool:
    """By Docker's rules: a pattern is of the whole path or of a folder above it, and the last that fits decides."""
    path = Path(name)
    ways = [each.as_posix() for each in (path, *path.parents)]
    copied = True
    for line in IGNORED:
        pattern = re.escape(line.removeprefix("!")).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
        if any(re.fullmatch(pattern, way) for way in ways):
            copied = line.startswith("!")
    return copied


def test_it_runs_what_the_procfile_runs() -> None:
    procfile = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines() if ": python" in line)
    (command,) = of("CMD")
    shell, option, script = json.loads(command)
    assert (shell, option) == ("sh", "-c")
    upgrade, run = script.split(" && ")
    assert upgrade == procfile["release"]
    assert run == "exec python -m htg run", "so that SIGTERM reaches the bot and no shell before it"


def test_it_installs_what_is_pinned_on_a_python_that_is_supported() -> None:
    (install,) = [step for step in of("RUN") if "pip" in step]
    assert "--require-hashes -r requirements.txt" in install
    (image,) = of("FROM")
    assert re.search(r"python:3\.11\b", image)
    assert 'requires-python = ">=3.11"' in (ROOT / "pyproject.toml").read_text()


def test_it_is_nobody_in_particular_and_keeps_its_data_outside() -> None:
    kinds = [name for name, _ in STEPS]
    assert kinds.index("USER") < kinds.index("CMD")
    (volume,), (folder,) = of("VOLUME"), of("WORKDIR")
    assert volume == f"{folder}/data", "where DATABASE_URL's default is"
    (add,) = [step for step in of("RUN") if step.startswith("useradd")]
    assert "--no-create-home" in shlex.split(add), "a home is its user's, and this one holds the program"
    (copied,) = [step for step in of("COPY") if step.endswith(". .")]
    assert "--chown=root:root" in copied
    assert re.findall(r"chown \S+ \S+", " ".join(of("RUN"))) == ["chown htg data"]


def test_no_secret_and_no_data_is_copied_into_it() -> None:
    for name in (".env", ".env.production", ".env~", ".git/config", "data/htg.db", "htg.db", "other/htg.db-wal"):
        assert not is_copied(name), name
    for name in ("htg.backup", "backups/htg-2026-12-03.backup", "backups/.htg.backup.1.part", "bot/__pycache__/x.pyc"):
        assert not is_copied(name), name
    for name in (".env.example", "htg.py", "bot/gatherings/model.py", "storage/engine/open.py"):
        assert (ROOT / name).exists()
        assert is_copied(name), name
    assert not (ROOT / ".containerignore").exists(), "podman would read it in place of the other"


@pytest.mark.process
def test_what_is_copied_starts_without_what_is_not(tmp_path: Path) -> None:
    """The steps by hand: the files that the image has, and its first command on an empty volume."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607
    for name in tracked.splitlines():
        if is_copied(name) and (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / "data").mkdir()
    (command,) = of("CMD")
    upgrade = shlex.split(json.loads(command)[2].split(" && ")[0])
    assert upgrade[0] == "python"
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tmp_path)}
    ran = subprocess.run(  # noqa: S603
        [sys.executable, *upgrade[1:]], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "data" / "htg.db").exists()
