"""In CI a test that was skipped has failed: tests/skips.py, tried on tests that skip."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SKIPS = {
    "in its body": "import pytest\ndef test(): pytest.skip('no database')\n",
    "by a mark": "import pytest\n@pytest.mark.skip(reason='later')\ndef test(): pass\n",
    "in a fixture": "import pytest\n@pytest.fixture\ndef f(): pytest.skip('no')\ndef test(f): pass\n",
    "as a module": "import pytest\npytest.importorskip('no_such_module')\n",
}


pytestmark = pytest.mark.process


@pytest.mark.parametrize("side_by_side", [[], ["-p", "xdist", "-n", "1"]], ids=["one after the other", "side by side"])
def test_a_skip_is_a_failure_in_ci_alone(tmp_path: Path, side_by_side: list[str]) -> None:
    shutil.copy(HERE / "skips.py", tmp_path / "conftest.py")
    for how, test in SKIPS.items():
        (tmp_path / f"test_{how.replace(' ', '_')}.py").write_text(f"{test}\ndef test_fine(): pass\n", encoding="utf-8")

    def counts(**environment: str) -> str:
        without = ["-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
        command = [sys.executable, "-m", "pytest", "-q", "--continue-on-collection-errors", *without, *side_by_side]
        around = {name: value for name, value in os.environ.items() if name != "CI" and "PYTEST" not in name}
        around["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # most of the time would be theirs
        said = subprocess.run(command, cwd=tmp_path, env=around | environment, capture_output=True, check=False)  # noqa: S603
        return said.stdout.decode().splitlines()[-1].partition(" in ")[0]

    assert counts() == "3 passed, 4 skipped"
    assert counts(CI="true") == "1 failed, 3 passed, 3 errors"
