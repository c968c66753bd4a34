"""`torture`: faults as a harness. Labs under load are hurt, and what came of it is judged."""
