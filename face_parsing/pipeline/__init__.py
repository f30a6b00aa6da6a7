"""What the stages exchange, and what makes a module a stage."""
