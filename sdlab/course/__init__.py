"""A class as a part of a course: launched from a learning management system, told to a learning record store."""
