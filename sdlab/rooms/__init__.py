"""Rooms: namespaces of data that open on first use, close when idle and end after a day."""
