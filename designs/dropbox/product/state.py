"""What a visitor wants of the devices: save, create, rename, delete, open, take offline."""

from __future__ import annotations

from designs.dropbox.engine.engine import Dropbox
from sdlab.live.state import VerbState, verbs_of

verb = verbs_of("dropbox", Dropbox)


class DropboxState(VerbState):
    """Nothing of its own: what folders have is in the live frames."""

    @verb
    async def save(self, engine: Dropbox, device: str, path: str, text: str) -> None:
        """What the editor has goes into the file."""
        await engine.save(device, path, text)

    @verb
    async def create(self, engine: Dropbox, device: str, path: str) -> None:
        """A new file."""
        await engine.create(device, path)

    @verb
    async def rename(self, engine: Dropbox, device: str, path: str, to: str) -> None:
        """Another name."""
        await engine.rename_on(device, path, to)

    @verb
    async def delete(self, engine: Dropbox, device: str, path: str) -> None:
        """Away with it."""
        await engine.delete_on(device, path)

    @verb
    async def open(self, engine: Dropbox, device: str, path: str) -> None:
        """Look at a file."""
        await engine.open_on(device, path)

    @verb
    async def offline(self, engine: Dropbox, device: str, on: bool) -> None:
        """Off the line, or back."""
        await engine.offline(device, on)
