"""The drive at work: devices with folders, a server with chunks, versions and a change log."""
