"""The working system: views in, rankings out."""
