"""Training on a GPU machine that is lent for minutes and reached only by carrying files."""
