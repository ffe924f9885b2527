"""Commands of `flask --app app …`, a file a subject. What they need is handed in where they are registered."""
