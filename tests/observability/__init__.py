"""Tests of what an operator sees of the running tool: log, metrics, readiness."""
