"""How an app uses a cache: does the pattern make sense with what else the app does, and does the cache offer it?"""

from __future__ import annotations

from opsconsole import catalog

from .form_apps import AppTable, CacheUseTable
from .form_caches import CacheTable
from .identity import Directory
from .reading import Scope
from .sift import known
from .spec import CacheUseSpec
from .text import meant, one_of, quoted
from .units import format_size


def resolve_cache_use(table: CacheUseTable, app: AppTable, directory: Directory, scope: Scope) -> CacheUseSpec | None:
    """The use of one cache; None if anything that it needs is wrong. `scope` is the app's cache table."""
    store, pattern, keys = known(table.store), known(table.pattern), known(table.keys)
    cache = _store(store, directory, scope)
    if cache is not None and store is not None:
        _check_region(store, cache, app, scope)
        _check_reads(store, cache, table, scope)
        _check_item(cache, table, scope)
    if pattern is not None:
        _check_pattern(pattern, app, scope)
    _check_numbers(table, scope)
    if store is None or pattern is None or keys is None:
        return None
    return CacheUseSpec(
        store=store,
        pattern=pattern,
        keys=keys,
        ttl_s=table.ttl or 0.0,
        jitter=table.jitter,
        item_bytes=table.item,
        reads=table.reads,
        hot_key=table.hot_key,
        timeout_s=_timeout_s(table),
    )


def _timeout_s(table: CacheUseTable) -> float:
    if table.timeout is None:
        return catalog.assumption("cache-client-timeout-ms").value / 1000
    return table.timeout


def _store(store: str | None, directory: Directory, scope: Scope) -> CacheTable | None:
    if store is None:
        return None
    cache = directory.form.caches.get(store)
    if cache is None:
        entry = directory.entries.get(store)
        caches = directory.ids("cache")
        wrong = f"there is no cache {quoted(store)}"
        if entry is not None:
            wrong = f"{quoted(store)} is not a cache: it is the {entry.words}"
        right = f'write "{entry.owner}"' if entry is not None and entry.kind == "cache-node" else None
        right = right or (meant(store, caches) if caches else "add a table [elasticache.sessions]")
        scope.missing("store", wrong=wrong, right=right)
    return cache


def _check_region(store: str, cache: CacheTable, app: AppTable, scope: Scope) -> None:
    region, homes = known(cache.region), known(app.homes)
    if region in scope.places.declared and homes and region not in homes:
        wrong = f"{store} is in {region}, where the app has no processes: a cache is as quick as it is near"
        scope.add("store", wrong=wrong, right=f"name a cache in {one_of(homes)}, or add {quoted(region)} to homes")


def _check_reads(store: str, cache: CacheTable, table: CacheUseTable, scope: Scope) -> None:
    """The reader endpoint is there for replicas."""
    listed = cache.shards if cache.shards and any(cache.shards) else None
    nodes = min((len(shard) for shard in listed), default=0) if listed else len(cache.nodes)
    replicated = nodes > 1 or (listed is None and bool(cache.replicas))
    if table.reads == "reader" and (cache.engine == "memcached" or not replicated):
        wrong = f"{store} has no replicas to read from"
        scope.add("reads", wrong=wrong, right='write "primary", or leave it out')


def _check_item(cache: CacheTable, table: CacheUseTable, scope: Scope) -> None:
    most = catalog.limit("memcached-item-bytes").value
    if cache.engine == "memcached" and table.item > most:
        wrong = f"an item of Memcached has at most {format_size(most)}"
        scope.add("item", wrong=wrong, right="take smaller items, or a cache of Redis OSS or Valkey")


def _check_pattern(pattern: str, app: AppTable, scope: Scope) -> None:
    """Lazy loading reads the database, write-through writes it; a session lives in the cache alone."""
    above, findings = scope.path[:-1], scope.findings
    no_reader = not app.reads_from and not findings.about(*above, "reads_from")
    unclear = findings.about(*above, "writes_to") or findings.about(*above, "writes")
    no_writer = (app.writes_to is None or not app.writes) and not unclear
    if "lazy" in pattern and no_reader:
        wrong = f"the pattern {quoted(pattern)} reads the database on a miss, and the app has nowhere to read from"
        scope.missing("pattern", wrong=wrong, right='add reads_from = ["orders"], or write pattern = "session"')
    if "write-through" in pattern and no_writer:
        wrong = f"the pattern {quoted(pattern)} fills the cache when the app writes, and it writes nothing"
        scope.missing("pattern", wrong=wrong, right='add writes_to and writes, or write pattern = "lazy"')
    if pattern == "lazy" and app.writes and no_writer:
        wrong = "the app has writes and nowhere to write to"
        findings.missing((*above, "writes"), wrong, 'add writes_to = "orders"')


def _check_numbers(table: CacheUseTable, scope: Scope) -> None:
    keys = known(table.keys)
    if keys is not None and keys <= 0:
        scope.add("keys", wrong=f"{keys} keys are not possible", right="write 1 or more")
    if table.ttl is not None and table.ttl <= 0:
        wrong = "a ttl of 0s would end every item at once"
        scope.add("ttl", wrong=wrong, right='write "10m", or leave it out for items that do not expire')
    if table.jitter and table.ttl is None and not scope.about("ttl"):
        scope.add("jitter", wrong="jitter varies the ttl, and there is none", right='add ttl = "10m", or leave it out')
    if table.item <= 0:
        scope.add("item", wrong="an item of 0 bytes is not possible", right='write "2 KiB"')
    if table.timeout is not None and table.timeout <= 0:
        scope.add("timeout", wrong="a timeout of 0s would end everything at once", right='write "500ms"')
