"""The working system: places and ratings in the database, an index beside it, and a search over both."""
