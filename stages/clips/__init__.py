"""The clip layout (DAVIS 2017's), its label table and its files."""
