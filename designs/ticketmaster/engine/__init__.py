"""The working system: search, waiting, holds, payments, sales. Knows neither web nor drawing."""
