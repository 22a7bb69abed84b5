"""Archives of chats as the common tools write them: each family gives messages, and one place says what they become."""
