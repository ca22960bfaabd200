"""One change to many customers at once: counted beforehand, done by a worker, undone row by row."""
