"""A counter that many add to at once: the smallest design there can be."""
