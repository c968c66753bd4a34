"""The working system: tweets and likes as rows, counts in Valkey, an index and a page cache beside them."""
