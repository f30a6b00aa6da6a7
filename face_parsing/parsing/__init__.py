"""From networks to a label map: the scores of crops, their composition, and the vote."""
