"""Programs of the checkout, not of the package: the demo, and a real Airflow for it and for the tests."""
