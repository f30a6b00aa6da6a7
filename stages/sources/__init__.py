"""Where clips come from: each module brings one source into the clip layout."""
