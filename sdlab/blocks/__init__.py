"""Pure data structures and algorithms: no input or output, no clock, no chance but what is given."""
