"""Let each client through so often and no oftener, on many gateways at once, and say when to come back."""
