"""A tagging service: many tags on many things, and at once all things that bear several of them."""
