"""The working system: stock, orders, reservations, allocation."""
