"""What is shown of the web crawler while it runs."""
