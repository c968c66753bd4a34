"""Looks whether those who are connected have what their servers have delivered."""

from __future__ import annotations

from designs.live_comments.engine.claims import ClaimChecker
from designs.live_comments.engine.connections import ConnectionManager
from designs.live_comments.engine.servers import Server
from designs.live_comments.engine.viewers import BufferedViewer


class ViewerChecker:
    """A server delivers to all in one step: between two of them everybody whom it holds has the same.

    Viewers with a buffer read when they like, and who is still connecting is not served yet.
    """

    def __init__(self, connections: ConnectionManager, checker: ClaimChecker) -> None:
        self._connections, self._checker = connections, checker

    async def check(self) -> None:
        """Look at all of them; the first of each server that was left behind is reported."""
        for server in list(self._connections.pool.servers.values()):
            self._check(server)

    def _check(self, server: Server) -> None:
        for viewer in server.viewers.values():
            if isinstance(viewer, BufferedViewer) or viewer.id in self._connections.connecting:
                continue
            feed = server.feeds.get(viewer.stream)
            if feed is not None and viewer.seen < feed.last and (newest := feed.since(feed.last - 1)):
                self._checker.left_behind(viewer, server.id, newest[-1])
                return
