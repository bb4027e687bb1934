"""The shapes of bodies and answers in the OpenAPI document."""
