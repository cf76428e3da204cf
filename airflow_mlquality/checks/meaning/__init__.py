"""Rows whose syntax is right and whose meaning is wrong."""
