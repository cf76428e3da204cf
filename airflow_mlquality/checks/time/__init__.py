"""When rows and features come, and whether the past stays as it was."""
