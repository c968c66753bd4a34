"""What a visitor uses of Yelp."""
