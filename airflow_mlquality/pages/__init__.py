"""A report as people and machines read it: a table for logs, a page for browsers, JUnit XML for CI."""
