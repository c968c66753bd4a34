"""The working system: chat servers in processes of their own, inboxes, channels, devices, media."""
