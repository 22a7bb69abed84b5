"""A believable social-commerce platform with known truth: the demo, the tests' world and the closed loop."""
