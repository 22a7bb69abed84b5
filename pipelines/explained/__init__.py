"""Says in a few lines what is published and why, in both languages, from the facts that `explain` and `check` read."""
