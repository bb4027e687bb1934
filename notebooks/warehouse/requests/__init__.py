"""What the read functions are called with: names, times and options, validated."""
