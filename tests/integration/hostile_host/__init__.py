"""Hostile hosts as a test tool: what they answer, the controller that asks them, and what must not come of
it."""
