"""What a program uses: the HTTP endpoints."""
