"""Follow the marts: wait for builds, and read what they changed."""
