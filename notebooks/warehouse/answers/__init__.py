"""What the read functions return: its columns, what it is about, and how it is drawn or saved."""
