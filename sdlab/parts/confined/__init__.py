"""Runs code of strangers: what is confined has the limits, the files and the system calls that it was given, and no others.

Three tiers confine a process (namespaces, Landlock, and limits alone, which are for demonstration); the fourth is
an interpreter that was never given any system call. A probe that tries to get out says which of them this host has.
"""
