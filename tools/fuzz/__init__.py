"""Hands the program what nobody should send: drops, settings, sheets and command lines changed at random, by seed."""
