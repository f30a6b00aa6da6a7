"""What is known of a rendered face beside its label map: landmarks, depth, normals, and who and what it shows."""
