"""The package: installed into an empty environment, far from the source tree, it serves what was built before."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from sdlab import __version__
from sdlab.launcher.paths import ROOT
from sdlab.launcher.server import TEST_WEB, Server
from tests.e2e.conftest import wait_until_live
from tests.machine import budget

# What is never imported is never compiled; uv compiles nothing either.
PIP = ("--quiet", "--disable-pip-version-check", "--no-input", "--retries=1", "--no-compile")
FOREIGN = ("PYTHONPATH", "REFLEX_WEB_WORKDIR", "REFLEX_DIR", "VIRTUAL_ENV", "SDLAB_VENV")


def built(kind: str, source: Path, into: Path) -> Path:
    """What hatchling makes of a source tree."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(into)]
    env = {**os.environ, "REFLEX_WEB_WORKDIR": TEST_WEB}
    subprocess.run(command, cwd=source, env=env, check=True, capture_output=True)
    return next(into.glob("*.whl" if kind == "wheel" else "*.tar.gz"))


def installer(python: Path) -> list[str]:
    """What installs packages for that interpreter: pip, or uv where this environment was made without pip."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "--python", str(python), "install", *PIP]
    return [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--python", str(python)]


def contents(folder: Path) -> list[Path]:
    """Everything in it but what Python keeps of what it has compiled."""
    return sorted(path for path in folder.rglob("*") if "__pycache__" not in path.parts)


@pytest.fixture(scope="session")
def wheel(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made of the source distribution as `python3 -m build` does it; the pages are those under test."""
    folder = tmp_path_factory.mktemp("package")
    with tarfile.open(built("sdist", ROOT, folder)) as archive:
        archive.extractall(folder, filter="data")
    return built("wheel", folder / f"sdlab-{__version__}", folder)


def test_an_installed_package_opens_a_lab_without_source_and_build(
    wheel: Path, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in FOREIGN:
        monkeypatch.delenv(name, raising=False)
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([*installer(python), str(wheel)], check=True)
    program = python.with_name("sdlab")
    said = subprocess.run([program, "--version"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said.stdout == f"sdlab {__version__}\n"
    no_tests = subprocess.run([program, "test"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (no_tests.returncode, "no tests" in no_tests.stderr) == (1, True)

    installed = next(python.parents[1].glob("lib/python*/site-packages/sdlab_app"))
    before = contents(installed)
    assert not any(name in {path.name for path in before} for name in ("node_modules", "tests", "bun"))
    server = Server.launch(
        data=tmp_path / "data",
        log=tmp_path / "log",
        env={"HOME": str(tmp_path), "REFLEX_WEB_WORKDIR": "web"},
        program=[str(program)],
        folder=tmp_path,
    )
    try:
        page = browser.new_page()
        page.goto(f"{server.wait_until_ready(seconds=budget(60))}/labs/url-shortener")
        wait_until_live(page)
        page.close()
    finally:
        assert server.stop() == 0
    assert contents(installed) == before
