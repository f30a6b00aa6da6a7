"""What makes a module a stage: its entry point, whole outputs, and work spread clip by clip."""
