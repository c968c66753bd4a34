"""Which Chromium the browser tests use: the named one, the system's, Playwright's, or Debian's package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from sdlab.launcher.errors import LauncherError

NAMED = "SDLAB_CHROMIUM"
# The headless shell first: the whole browser draws its own windows too, seen or not, with half of the processor.
SHELL = "chromium-headless-shell"
PROGRAMS = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",)
MISSING = f"no Chromium found; install one, run `playwright install chromium`, or name one in {NAMED}"

# What a test browser needs to run as root, in a container, and to ask no other host for anything.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> Path | None:
    """The program, or None. `LauncherError` when a named one does not exist."""
    if named := os.environ.get(NAMED):
        if not Path(named).is_file():
            raise LauncherError(f"{NAMED} names {named}, which is not there")
        return Path(named)
    for name in PROGRAMS:
        if found := shutil.which(name):
            return Path(found)
    for path in MAC:
        if Path(path).is_file():
            return Path(path)
    return _playwrights()


def ensure_chromium() -> Path:
    """The program; on Debian as root its package is installed when there is none. `LauncherError` otherwise."""
    found = find_chromium()
    if found is None and _may_install():
        print("sdlab: installing Debian's chromium package", flush=True)
        install = ["install", "--yes", "--no-install-recommends"]
        for step in (["update"], [*install, SHELL], [*install, "chromium"]):
            if find_chromium() is None:
                subprocess.run(["apt-get", "-qq", *step], check=False, stdin=subprocess.DEVNULL)
        found = find_chromium()
    if found is None:
        raise LauncherError(MISSING)
    return found


def _may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _playwrights() -> Path | None:
    """The newest Chromium that `playwright install` has put into its cache."""
    home = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "ms-playwright"
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", home))
    patterns = (
        "chromium-*/chrome-linux*/chrome",
        "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
        "chromium_headless_shell-*/*/*headless*shell",
    )
    found = [path for pattern in patterns for path in cache.glob(pattern) if path.is_file()]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)
