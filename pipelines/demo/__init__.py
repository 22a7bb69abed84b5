"""A simulated social-commerce platform with known true values: for the demo, tests and the closed loop."""
