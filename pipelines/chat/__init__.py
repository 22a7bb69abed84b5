"""Reading group chat: what is said, of which SKU, by whom, and how well it can be believed."""
