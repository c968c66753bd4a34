"""What a teacher uses of Yelp."""
