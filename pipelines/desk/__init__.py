"""The desk: pages on which people look, try and decide; what they decide goes through the command line's functions."""
