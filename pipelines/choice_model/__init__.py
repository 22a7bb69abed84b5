"""The learnt choice model between the step that learns it and the steps that use it."""
