"""Pages of the frame: catalogue, lab, and what is shown when there is nothing."""
