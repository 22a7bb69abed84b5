"""What the groups say: of which SKU, how well it can be believed, and how the reading is learnt."""
