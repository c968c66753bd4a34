"""Give every long URL a short, unguessable code, and redirect a hundred times more often than you create."""
