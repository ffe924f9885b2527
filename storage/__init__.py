"""What is remembered, in SQL. One module a noun; functions take the open connection of a workflow's transaction."""
