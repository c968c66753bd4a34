"""What a confined process may use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """CPU time in ms, wall-clock time in s, memory in MB, bytes that it may write to all its outputs and to one file.

    `processes` bounds how many of its user's there are; who is root is not bound by it.
    """

    cpu_ms: int = 500
    wall_s: float = 3.0
    memory_mb: int = 128
    output_bytes: int = 64 * 1024
    file_bytes: int = 1024 * 1024
    files: int = 32
    processes: int = 64

    @property
    def cpu_s(self) -> int:
        """Whole seconds, as the kernel bounds a process from its start: more than it is to use."""
        return 2 + -(-self.cpu_ms // 1000)
