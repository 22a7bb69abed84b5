"""From a night's tables to the run that readers see."""
