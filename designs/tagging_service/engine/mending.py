"""What merges without a lock have left behind, put right: by the pairs that were acknowledged."""

from __future__ import annotations

from designs.tagging_service.engine.pair_writer import REWRITE, as_array
from designs.tagging_service.engine.strategies.approaches import as_list
from designs.tagging_service.engine.tables import Tables
from sdlab.stores.sessions import Session

NOBODY_ELSE = "SELECT i.id, i.tags FROM {item} i WHERE [i] ORDER BY i.id{update}"
MOVE_STRANDED = (
    "INSERT INTO {pair} (room, item, tag, active) SELECT DISTINCT p.room, p.item, t.alias, p.active FROM {pair} p "
    "JOIN {tag} t ON t.room = :room AND t.id = p.tag AND t.alias <> 0 WHERE [p] AND NOT EXISTS "
    "(SELECT 1 FROM {pair} q WHERE [q] AND q.item = p.item AND q.tag = t.alias)"
)
LEAVE_STRANDED = (
    "DELETE FROM {pair} AS p WHERE [p] AND p.tag IN "
    "(SELECT t.id FROM {tag} t WHERE t.room = :room AND t.alias <> 0)"
)
ONCE = "DELETE FROM {pair} p USING {pair} q WHERE p.item = q.item AND p.tag = q.tag AND p.ctid > q.ctid"
NAMED = "SELECT p.item, t.name FROM {pair} p JOIN {tag} t ON t.room = :room AND t.id = p.tag WHERE [p]"


async def mend(tables: Tables) -> int:
    """Stranded pairs go to the tag that theirs was merged into, doubled ones are there once, and arrays say what
    the pairs say; how many pairs and arrays were changed.

    One transaction that has every item first, as who tags one has it.
    """
    async with tables.session() as session:
        rows = (await tables.do(session, NOBODY_ELSE)).all()
        changed = (await tables.do(session, MOVE_STRANDED)).rowcount
        changed += (await tables.do(session, LEAVE_STRANDED)).rowcount
        if tables.own:  # where all rooms share a table, its key keeps a pair from being there twice
            changed += (await tables.do(session, ONCE)).rowcount
        return int(changed) + await _arrays(tables, session, {row.id: set(as_list(row.tags)) for row in rows})


async def _arrays(tables: Tables, session: Session, there: dict[int, set[str]]) -> int:
    wanted: dict[int, set[str]] = {item: set() for item in there}
    for row in (await tables.do(session, NAMED)).all():
        wanted.setdefault(row.item, set()).add(row.name)
    others = {item: names for item, names in wanted.items() if names != there.get(item)}
    for item, names in others.items():
        await tables.do(session, REWRITE, item=item, tags=as_array(tables, sorted(names)))
    return len(others)
