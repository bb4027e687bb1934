"""The expectations of the two checks: `check raw` and `check marts`."""
