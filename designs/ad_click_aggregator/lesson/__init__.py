"""What a teacher uses of the ad click aggregator."""
