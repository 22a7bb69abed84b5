"""Trials of a policy: who or what is treated when, and what can be said of the effect while the trial runs."""
