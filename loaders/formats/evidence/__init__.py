"""What the names, texts and times of a file show about its meaning, compared with how the file is read."""
