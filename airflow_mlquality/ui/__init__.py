"""The pages inside Airflow: a plugin, and an app that is imported only when a page is asked for."""
