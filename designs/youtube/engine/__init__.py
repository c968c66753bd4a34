"""YouTube at work: uploads, a work queue of cells, transcoders, playback."""
