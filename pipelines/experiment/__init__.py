"""Step `experiment`: the trial of a policy that the settings ask for."""
