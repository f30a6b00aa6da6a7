"""The surroundings of a person: backgrounds, scenery and lights."""
