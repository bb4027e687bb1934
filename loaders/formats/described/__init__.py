"""Files that a description explains: the model of descriptions, and the engine that reads files by them."""
