"""What is done to the built frontend: its URLs follow the address bar, its inline scripts get hashes.

Reflex writes the server's address into a chunk of its own. A build that asks
`location.origin` instead serves any port and any host.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

from sdlab.launcher.errors import LauncherError

MARKER = "http://origin.sdlab.invalid"  # the address builds are made for; stands in no other text
ENV_CHUNKS = "assets/reflex-env-*.js"
SCRIPTS = "csp-scripts.json"
_HOST = MARKER.partition("://")[2]
_LITERAL = re.compile(
    rf"""(?P<quote>["'`])(?P<scheme>http|ws)://{re.escape(_HOST)}(?P<path>[^"'`\\$]*)(?P=quote)"""
)
_ORIGIN = {"http": "location.origin", "ws": 'location.origin.replace(/^http/,"ws")'}


def follow_origin(chunk: str) -> str:
    """The chunk with every URL of the build's address made from where the page came from.

    `LauncherError` when there is none, when one is left over, or when the URLs are inside a string.
    """
    if "JSON.parse" in chunk:
        raise LauncherError(
            "the build keeps its URLs inside a string; this version of Reflex is not known here"
        )
    changed, count = _LITERAL.subn(_expression, chunk)
    if not count or _HOST in changed:
        raise LauncherError("the URLs of the build were not found; this version of Reflex is not known here")
    return changed


def _expression(literal: re.Match[str]) -> str:
    quote, origin = literal["quote"], _ORIGIN[literal["scheme"]]
    return f"({origin}+{quote}{literal['path']}{quote})"


def finish(client: Path, web: Path) -> None:
    """Make a fresh build in `client` independent of its address, and note its inline scripts in `web`."""
    chunks = sorted(client.glob(ENV_CHUNKS))
    if not chunks:
        raise LauncherError(f"the build has no {ENV_CHUNKS}; this version of Reflex is not known here")
    for chunk in chunks:
        _rewrite(chunk, follow_origin(chunk.read_text(encoding="utf-8")))
    _refuse_left_overs(client)
    pages = [page.read_text(encoding="utf-8") for page in sorted(client.rglob("*.html"))]
    (web / SCRIPTS).write_text(json.dumps(script_hashes(pages), indent=1))


def _rewrite(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    packed = path.with_name(path.name + ".gz")
    if packed.exists():
        packed.write_bytes(gzip.compress(text.encode(), mtime=0))


def _refuse_left_overs(client: Path) -> None:
    for path in sorted([*client.rglob("*.js"), *client.rglob("*.html")]):
        if _HOST in path.read_text(encoding="utf-8"):
            raise LauncherError(
                f"{path.name} holds the build's address; this version of Reflex is not known here"
            )


def script_hashes(pages: list[str]) -> list[str]:
    """`sha256-…` of every inline script of those HTML pages, as a Content-Security-Policy names them."""
    return sorted({_hash(script) for page in pages for script in inline_scripts(page)})


def _hash(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def inline_scripts(page: str) -> list[str]:
    """The text of every script element without `src`, exactly as a browser sees it."""
    reader = _ScriptReader()
    reader.feed(page)
    reader.close()
    return reader.scripts


class _ScriptReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.scripts: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "script" and "src" not in dict(attrs)
        if self._inside:
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.scripts[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = False
