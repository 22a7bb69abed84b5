"""What if: the night's selection problem kept beside its run, and lists solved anew from it."""
