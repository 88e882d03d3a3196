"""In CI a test that was skipped has failed: tests/conftest.py, tried on tests that skip."""

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
    "as a module": "import pytest\npytest.importorskip('no_such_module')\ndef test(): pass\n",
}


@pytest.mark.parametrize("how", SKIPS)
def test_a_skip_is_a_failure_in_ci_alone(tmp_path: Path, how: str) -> None:
    shutil.copy(HERE / "conftest.py", tmp_path)
    (tmp_path / "test_it.py").write_text(SKIPS[how] + "\n\ndef test_fine(): pass\n", encoding="utf-8")

    def exit_code(**environment: str) -> int:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "."]
        around = {name: value for name, value in os.environ.items() if name != "CI"} | environment
        return subprocess.run(command, cwd=tmp_path, env=around, capture_output=True, check=False).returncode  # noqa: S603

    assert exit_code() in {0, 5}, "5: nothing was left to run"
    assert exit_code(CI="true") in {1, 2}
