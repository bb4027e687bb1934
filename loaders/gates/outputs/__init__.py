"""How the result of a check is shown: terminal, HTML page, JUnit XML and webhook."""
