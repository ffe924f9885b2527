"""HTTP, HTML and commands (Flask). Pages ask workflows and print what they get."""
