"""Running parts over the stores that several designs share; each says what it guarantees."""
