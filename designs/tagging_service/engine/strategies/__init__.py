"""For each question the answers that the lab knows: a file for each, a literal dict at its end."""
