"""What a person must put right before the command can work."""


class LauncherError(Exception):
    """One clear line for stderr; never shown with a traceback."""
