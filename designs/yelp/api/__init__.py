"""What a program uses of Yelp."""
