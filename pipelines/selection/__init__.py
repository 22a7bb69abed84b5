"""Tomorrow's list under its rules and its promise."""
