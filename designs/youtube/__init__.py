"""YouTube: videos of any size come in, are cut and transcoded by many, and play on any network."""
