"""docs/security.md leaves out no requirement, names no proof that is not there, and some of its proofs are here."""

from __future__ import annotations

import ast
import re
import ssl
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from aiohttp import connector

import settings
from adapters.web.render import STATIC

HOME = Path(settings.__file__).parent
PAPER = HOME / "docs" / "security.md"
SECTIONS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2,
    "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1,
    "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2,
    "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4,
    "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4,
    "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2,
    "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1,
    "9.1": 3, "9.2": 4,
    "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3,
    "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4,
    "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5,
    "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7,
    "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3,
    "17.1": 1, "17.2": 4, "17.3": 2,
}  # fmt: skip
"""ASVS 5.0.0, levels 1 and 2: how many requirements each section has, numbered from 1."""
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([^|]+) \| ([^|]+) \| ([^|]*?) ?\|$", re.MULTILINE)
LEFT_OUT = re.compile(r"^- \*\*([\d., –]+)\*\*: \S", re.MULTILINE)
HONEST = re.compile(r"\*\*(?:In part|Not met|Operator)\*\*")
WITH_ITS_PAPER = {"15.1.1"}
"""Met by what is written alone."""


def rows() -> list[tuple[str, str, str, str]]:
    return ROW.findall(PAPER.read_text("utf-8"))


def left_out() -> Iterator[str]:
    for numbers in LEFT_OUT.findall(PAPER.read_text("utf-8")):
        for each in numbers.split(", "):
            first, _, last = each.partition("–")
            section, _, number = first.rpartition(".")
            end = int(last.rpartition(".")[2]) if last else int(number)
            assert not last or last.rpartition(".")[0] == section, each
            yield from (f"{section}.{found}" for found in range(int(number), end + 1))


@lru_cache
def names_in(path: Path) -> frozenset[str]:
    """What is defined or assigned in a file, at any depth."""
    found: set[str] = set()
    for each in ast.walk(ast.parse(path.read_text("utf-8"))):
        match each:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Assign(targets=targets):
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
            case _:
                pass
    return frozenset(found)


def test_every_requirement_is_in_a_table_or_said_not_to_apply() -> None:
    wanted = [f"{section}.{number + 1}" for section, count in SECTIONS.items() for number in range(count)]
    assert len(wanted) == 253
    told = Counter([number for number, *_ in rows()] + list(left_out()))
    assert sorted(set(wanted) - told.keys()) == []
    assert sorted(told.keys() - set(wanted)) == []
    assert [number for number, times in told.items() if times > 1] == []


def test_every_row_has_a_proof_or_says_that_there_is_none() -> None:
    assert [number for number, _, how, proof in rows() if not proof and not HONEST.search(how)] == sorted(
        WITH_ITS_PAPER
    )


def test_every_proof_is_there() -> None:
    proofs = re.findall(r"`([\w/]+\.py)::(\w+)`", PAPER.read_text("utf-8"))
    assert len(proofs) > 150
    assert [f"{path}::{name}" for path, name in proofs if name not in names_in(HOME / path)] == []
    assert [name for path, name in proofs if path.startswith("tests/") and not name.startswith("test_")] == []
    for _, _, _, proof in rows():
        assert re.fullmatch(r"(?:`[\w/]+\.py::\w+` ?)*", proof), proof


@pytest.mark.parametrize("name", ["README.md", "SECURITY.md", "docs/security.md", "docs/hosting.md"])
def test_what_it_leads_to_is_there(name: str) -> None:
    paper = HOME / name
    for target, _, heading in re.findall(r"\]\(((?!https?:)[^)#]+)(#([\w-]+))?\)", paper.read_text("utf-8")):
        found = paper.parent / target
        assert found.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.+)$", found.read_text("utf-8"), re.MULTILINE)
            assert heading in {re.sub(r"[^\w-]", "", each.lower().replace(" ", "-")) for each in headings}, target


def test_both_are_led_to() -> None:
    for name, wanted in {
        "README.md": {"SECURITY.md", "docs/security.md"}, "SECURITY.md": {"docs/security.md"},
        "docs/security.md": {"../SECURITY.md"}, "docs/hosting.md": {"security.md"},
    }.items():  # fmt: skip
        assert wanted <= set(re.findall(r"\]\(([^)]+)\)", (HOME / name).read_text("utf-8"))), name


# ---- proofs that are nowhere else


def sources() -> list[Path]:
    """What runs in production."""
    found = [HOME / "htg.py", HOME / "settings.py"]
    for folder in ("adapters", "bot", "cli", "storage"):
        found += sorted((HOME / folder).rglob("*.py"))
    return found


RUNS = {"eval", "exec", "compile", "__import__"}
MODULES = {
    "subprocess", "pty", "multiprocessing", "pickle", "marshal", "shelve", "dill", "yaml", "xml", "lxml", "ctypes",
    "cffi", "telnetlib", "ftplib", "smtplib",
}  # fmt: skip
ON_OS = {"system", "popen", "execv", "execve", "execvp", "spawnv", "spawnl", "startfile", "posix_spawn", "fork"}
BY_LOOP = {"create_subprocess_exec", "create_subprocess_shell", "subprocess_exec", "subprocess_shell"}


def dangers(source: str) -> list[str]:
    found: list[str] = []
    for each in ast.walk(ast.parse(source)):
        match each:
            case ast.Call(func=ast.Name(id=name)) if name in RUNS:
                found.append(name)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="os"), attr=name)) if name in ON_OS:
                found.append(f"os.{name}")
            case ast.Call(func=ast.Attribute(attr=name)) if name in BY_LOOP:
                found.append(name)
            case ast.Import(names=names):
                found += [name.name for name in names if name.name.partition(".")[0] in MODULES]
            case ast.ImportFrom(module=str(module)) if module.partition(".")[0] in MODULES:
                found.append(module)
            case _:
                pass
    return found


def test_nothing_here_runs_text_or_other_programs() -> None:
    assert len(sources()) > 100
    assert [(path.name, found) for path in sources() if (found := dangers(path.read_text("utf-8")))] == []


@pytest.mark.parametrize(
    "source",
    ["eval('1')", "import subprocess", "from xml.etree import x", "import os\nos.system('x')", "import pickle"],
)
def test_that_look_finds_what_it_looks_for(source: str) -> None:
    assert len(dangers(source)) == 1


def test_the_pages_script_writes_text_and_keeps_nothing() -> None:
    """What is needed for that is not in it: HTML, code from text, storage of the browser, messages of other pages."""
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|Function\(|Storage|indexedDB|cookie|onmessage|"
    )
    forbidden += r"__proto__|Object\.assign|setAttribute\(\s*.on|javascript:"
    scripts = list(STATIC.glob("*.js"))
    assert scripts
    for each in scripts:
        assert re.findall(forbidden, each.read_text("utf-8")) == []


def test_connections_to_platforms_are_verified_and_not_outdated() -> None:
    """aiohttp's own context, which every session uses that is given no other; and none is given one."""
    context = connector._SSL_CONTEXT_VERIFIED
    assert context is not None
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    others = [
        path.name for path in sources() if re.search(r"\bssl\s*=(?!=)|verify_ssl|CERT_NONE", path.read_text("utf-8"))
    ]
    assert others == []


def test_every_dependency_is_pinned_with_its_hash() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        entries = re.sub(r"\\\n", " ", (HOME / name).read_text("utf-8")).splitlines()
        entries = [each for each in entries if each.strip() and not each.startswith("#")]
        assert len(entries) > 20
        assert [
            each[:60] for each in entries if not re.match(r"[\w.\[\]-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", each)
        ] == []


def test_no_key_of_ours_is_in_the_repository() -> None:
    """Nothing that looks like a platform's token; those that tests make up are shorter."""
    files = subprocess.run(["git", "ls-files", "-z"], cwd=HOME, capture_output=True, text=True, check=True)  # noqa: S607
    token = re.compile(rb"xox[bap]-\d{9,}-\d{9,}-\w{20,}|xapp-1-A\w{9,}-\d{9,}-\w{40,}|-----BEGIN [A-Z ]*PRIVATE KEY")
    found = [name for name in files.stdout.split("\0") if name and token.search((HOME / name).read_bytes())]
    assert found == []
