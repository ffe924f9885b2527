"""The story in a real Chromium, the LMS's page and the tool being of different sites."""
