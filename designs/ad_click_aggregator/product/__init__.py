"""What a visitor uses of the ad click aggregator."""
