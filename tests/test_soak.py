"""The load of `make soak`, a small part of it: that all are served, and nothing is left; how fast is for the table."""

from tests.bench.clients import learners
from tests.serving import done
from tests.soak.abuse import abuse, kinds
from tests.soak.server import loaded
from tests.wires import counted, request, said, status


def test_a_class_opens_the_page_and_strangers_do_what_they_do():
    with loaded("--log-level", "info") as load:
        done(abuse(load.server.port, load.own, 200))
        memory, descriptors = load.memory(), load.process.num_fds()
        with learners(load.server.url, load.paths, 60, at_once=True, within=2) as times:
            codes = done(abuse(load.server.port, load.own, 1000))
        assert len(times) == 60
        assert codes.total() == 1000
        assert {*codes} <= {0, 200, 400, 404, 405}
        assert load.memory() < 1.1 * memory + 5, "and what 60 learners hold"
        load.settle(descriptors)
        assert load.process.num_fds() <= descriptors
        log = load.server.log_text()
        assert "Traceback" not in log
        assert len(log) < 20_000
        assert counted(load.server)["dl_workshop_compile_waiting"] == 0
        assert status(said(load.server, request("/readyz"))) == 200


def test_there_are_forty_kinds_of_what_strangers_send():
    assert len(kinds("/own/linear.0.js")) == len({*kinds("/own/linear.0.js")}) == 40
