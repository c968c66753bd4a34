"""Tweet search: find any of very many tweets by any words, the new ones too, with the most liked or the newest first."""
