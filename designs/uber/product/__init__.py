"""What a rider and a driver use."""
