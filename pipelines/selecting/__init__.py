"""Selection in parts: what the solver is given and how its decisions are told."""
