"""Where data lives: embedded by default, servers when configured, behind one port each."""
