"""TOML and environment become frozen values here, pydantic at the border. Read by the composing modules only."""
