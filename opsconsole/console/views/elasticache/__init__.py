"""ElastiCache: replication groups of Redis and Valkey, Memcached clusters, and their nodes: what each tab shows."""
