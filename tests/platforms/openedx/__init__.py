"""Open edX's LTI platform as a process of its own (`platform.py`, AGPL-3.0), and how tests speak to it."""
