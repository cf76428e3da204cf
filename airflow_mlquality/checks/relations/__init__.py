"""What holds between columns, rows and tables."""
