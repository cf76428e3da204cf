"""Other systems behind Airflow connections."""
