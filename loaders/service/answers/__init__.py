"""Answers: from a copy that is still true or by a read function, in the form and in the parts that the client wants."""
