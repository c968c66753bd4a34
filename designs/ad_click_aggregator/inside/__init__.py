"""What is shown of the ad click aggregator."""
