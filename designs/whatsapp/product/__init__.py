"""What a visitor uses: three phones."""
