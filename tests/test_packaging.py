"""The wheel holds every folder of code, and the rulebook and samples as data."""

from __future__ import annotations

import configparser
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")


def test_every_folder_of_code_is_a_package() -> None:
    folders = {".".join(path.parent.relative_to(ROOT).parts) for path in ROOT.glob("audit/**/__init__.py")}
    assert set(SETUP["options"]["packages"].split()) == folders | {"audit.rules", "audit.samples"}


def test_wheel_holds_what_a_stranger_needs(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path, ROOT]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    pages = {f"audit/rules/{path.parent.name}/{path.name}" for path in ROOT.glob("rules/*/*.md")}
    samples = {f"audit/samples/{path.name}" for path in ROOT.glob("data/samples/*.*") if path.is_file()}
    code = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("audit/**/*.py")}
    assets = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("audit/reporting/renderers/html/page.*")}
    assert (
        {f"audit/reporting/renderers/html/{name}" for name in ("page.css", "page.js", "page.html.j2")}
        <= assets
        <= names
    )
    assert not any("/.audit/" in name for name in names), "a workspace that `make demo` left must not be shipped"
    assert pages | samples | code | {"audit/py.typed", "audit/commands/web/app_index.html"} <= names
