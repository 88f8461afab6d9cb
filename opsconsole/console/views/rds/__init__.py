"""RDS DB instances: what each tab shows."""
