"""What a person must put right before the command can work."""


class Trouble(Exception):
    """One clear line for stderr; never shown with a traceback."""
