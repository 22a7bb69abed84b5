"""How contracts become proofs: which checks a table has, on which rows, and the way into the open database."""
