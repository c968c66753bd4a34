"""What a worker in a process of its own is made of: where it is forked from, and how it is spoken with."""
