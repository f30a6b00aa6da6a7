"""People: identities, the head and its parts, hair, body, and their motion."""
