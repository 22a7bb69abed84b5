"""Runs the program on drops, settings, sheets and command lines that are damaged at random, by seed."""
