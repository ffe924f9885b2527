"""The student's story over HTTP: the page, the form, what counts, and what can go wrong."""
