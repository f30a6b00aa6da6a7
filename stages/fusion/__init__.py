"""Several models' predictions made into one."""
