"""What is shown of the chat servers, the inboxes and a message's path."""
