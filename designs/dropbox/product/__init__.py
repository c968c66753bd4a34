"""What a visitor uses: two devices with folders."""
