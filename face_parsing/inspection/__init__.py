"""A labelled data set before anything is prepared: its samples, left and right in its masks, and a contact sheet."""
