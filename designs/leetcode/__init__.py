"""LeetCode: run code of strangers, judge each submission once, and show who leads."""
