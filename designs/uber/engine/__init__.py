"""The working system: cars, their positions, rides, offers, and the matchers between them."""
