"""The approaches of each question; a module per question."""
