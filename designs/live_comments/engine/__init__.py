"""The working system: comments are stored, carried to servers, and delivered to whoever watches."""
