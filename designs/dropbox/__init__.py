"""Keep a folder the same on every device, and send only what changed."""
