"""What a program uses of the ad click aggregator."""
