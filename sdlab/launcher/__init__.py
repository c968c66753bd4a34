"""Starts everything: virtual environment, frontend, server, tests, measurements."""
