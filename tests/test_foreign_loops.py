"""A folder from somebody else chooses nothing about compiled loops, whose cache is code."""

import json
import os
import subprocess
import sys
import textwrap

import pytest

from audit.safety import private

pytest.importorskip("numba")

RUN_A_LOOP = """
    import json, sys
    import numpy as np
    from audit.likeness.joining import gram_loops, jit
    gram_loops._mixed(np.uint64(3))
    config = sys.modules["numba"].core.config
    print(json.dumps([str(jit.CACHE), config.CACHE_DIR, config.HTML, "yaml" in sys.modules]))
"""
EVIL = b"cos\nsystem\n(S'touch %s'\ntR."


def _child(code, folder, cache):
    """What a program prints that runs in a folder with its own cache and no settings of numba in its variables."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith("NUMBA_")}
    done = subprocess.run(
        [sys.executable, "-P", "-c", textwrap.dedent(code)],
        cwd=folder,
        env={**environment, "XDG_CACHE_HOME": str(cache)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return json.loads(done.stdout)


def test_settings_of_numba_in_the_working_folder_choose_neither_its_cache_nor_anything_else(tmp_path):
    ours, folder, marker = tmp_path / "cache", tmp_path / "repo", tmp_path / "it-ran"
    folder.mkdir()
    cache, *_ = _child(RUN_A_LOOP, folder, ours)
    assert cache.startswith(str(ours / "audit"))
    kept = list((ours / "audit").rglob("*.nbi"))
    assert kept, "the loop was kept"
    for path in kept:  # the same names below the planted folder, each with a pickle that writes the marker
        planted = folder / "planted" / path.relative_to(cache)
        planted.parent.mkdir(parents=True, exist_ok=True)
        planted.write_bytes(EVIL % bytes(marker))
    (folder / ".numba_config.yaml").write_text("cache_dir: planted\nhtml: page.html\n")
    control = "import json, numba; print(json.dumps(numba.core.config.CACHE_DIR))"
    assert _child(control, folder, ours) == "planted", "numba alone would follow it"

    again, chosen, page, yaml_is_there = _child(RUN_A_LOOP, folder, ours)

    assert (again, chosen, page, yaml_is_there) == (cache, "", None, False)
    assert not marker.exists()


@pytest.mark.parametrize("trap", ["link", "open to all"])
def test_a_cache_that_others_may_write_to_is_not_used(tmp_path, monkeypatch, trap):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert private.private_folder("loops", "1") == tmp_path / "audit" / "loops" / "1"
    assert (tmp_path / "audit" / "loops" / "1").stat().st_mode & 0o777 == 0o700
    place = tmp_path / "audit" / "loops"
    if trap == "link":
        place.rename(tmp_path / "elsewhere")
        place.symlink_to(tmp_path / "elsewhere")
    else:
        place.chmod(0o777)
    assert private.private_folder("loops", "1") is None


def test_another_users_folder_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    private.private_folder("loops")
    monkeypatch.setattr(private.os, "geteuid", lambda: 54321)
    assert private.private_folder("loops") is None


def test_a_cache_named_by_a_relative_path_would_be_the_working_folders_and_is_not_used(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", "planted")
    assert private.private_folder("loops") == tmp_path / "home" / ".cache" / "audit" / "loops"


def test_loops_are_compiled_without_a_cache_where_no_folder_is_safe(tmp_path):
    (tmp_path / "audit").symlink_to(tmp_path)
    cache, *_ = _child(RUN_A_LOOP, tmp_path, tmp_path)
    assert cache == "None"
    assert not list(tmp_path.rglob("*.nbi"))
