"""Tinder: cards of people nearby, one after the other at once, nobody twice, and a match for both."""
