"""One table of links, sharded and replicated: where rows live, how they move and heal."""
