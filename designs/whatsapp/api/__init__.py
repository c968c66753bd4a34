"""What a program uses: the socket of a device, the history of a chat, media by signed address."""
