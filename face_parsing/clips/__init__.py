"""The clip layout and its tables: frames, folders of label maps, the face table, checksums."""
