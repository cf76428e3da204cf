"""TaskFlow: functions whose rows are audited or profiled before they are handed on.

Airflow finds them through the provider's description, as ``@task.quality_gate`` and ``@task.profile``.
"""
