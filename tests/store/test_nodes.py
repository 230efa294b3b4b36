"""Who works on a database is told by its connections."""

from datetime import timedelta

from monitor.store import nodes
from monitor.store.database import Database
from monitor.store.nodes import SILENT, Node, connection_name, idle_roles, list_nodes


def test_a_process_is_known_while_it_is_connected(db: Database, url: str) -> None:
    assert list_nodes(db) == []
    names = [connection_name("1.2.3", ["poll", "alert"]), connection_name("1.2.4", ["web"])]
    others = [Database.open(url, name=name) for name in (*names, "monitor of others")]
    found = list_nodes(db)
    for other in others:
        other.close()
    if db.dialect == "sqlite":
        assert found == []
        return
    assert {(node.version, node.roles) for node in found} == {("1.2.3", ("poll", "alert")), ("1.2.4", ("web",))}
    assert not any(node.silent for node in found)


def test_a_process_that_asks_nothing_for_long_is_silent() -> None:
    assert not Node("1@a", "1.2.3", ("web",), SILENT).silent
    assert Node("1@a", "1.2.3", ("web",), SILENT + timedelta(seconds=1)).silent


def test_a_role_is_idle_where_no_node_that_works_has_it() -> None:
    roles, hung = ("poll", "alert", "web"), SILENT + timedelta(seconds=1)
    working, hanging = Node("1@a", "1.2.3", ("poll",), SILENT), Node("2@b", "1.2.3", ("alert",), hung)
    assert idle_roles([working, hanging], roles) == ["alert", "web"]
    assert idle_roles([], roles) == [], "no node at all is another trouble"


def test_a_long_name_of_a_machine_is_cut_and_the_rest_kept() -> None:
    roles = ["poll", "alert", "deliver", "web"]
    name = connection_name("10.20.30", roles)
    assert len(name) <= nodes.NAME_BYTES
    assert name.split(" ")[:3] == ["monitor", "10.20.30", "poll,alert,deliver,web"]
