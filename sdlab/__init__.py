"""Classic system designs as products that really work, with their insides on show."""

__version__ = "1.1.0"
