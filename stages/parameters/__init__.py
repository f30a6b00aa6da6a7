"""The parameters of params.yaml: their schema, one module a section, and the reader that checks them."""
