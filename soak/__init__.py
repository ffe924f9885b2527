"""The soak: two of everything on one PostgreSQL, killed over and over before an LMS that fails. Never in CI."""
