"""RFC 3161 stamps, from an authority on loopback; nothing is asked where none is configured."""

from __future__ import annotations

import http.server
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator

import pytest
from authority import Authority
from django.db import transaction
from rfc3161_client import decode_timestamp_response

from clew.desk.ledger.key import read_kept
from clew.desk.ledger.models import Act, Checkpoint
from clew.desk.ledger.reading import open_ledger
from clew.desk.ledger.stamp import stamp_is_over, stamp_of, stamped_at
from clew.desk.ledger.verify import verify
from clew.desk.ledger.write import checkpoint, kept_of, statement_of, write
from clew.desk.settings import CONFIGURATION
from clew.errors import InputRejected, UsageRejected


class Served(http.server.HTTPServer):
    """An authority that answers on loopback; `lie` changes what it answers."""

    authority = Authority()
    lie = ""


class Answer(http.server.BaseHTTPRequestHandler):
    server: Served

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        imprint, nonce = read_query(asked)
        if self.server.lie == "text":
            imprint = b"\0" * 32
        answer = self.server.authority.answer(imprint, nonce + (self.server.lie == "nonce"))
        if self.server.lie == "garbage":
            answer = b"hello"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


def read_query(asked: bytes) -> tuple[bytes, int]:
    """Return imprint and nonce of a TimeStampReq: the 32-byte string, and the integer behind."""
    at = asked.index(b"\x04\x20")
    imprint, rest = asked[at + 2 : at + 34], asked[at + 34 :]
    assert rest[0] == 0x02
    return imprint, int.from_bytes(rest[2 : 2 + rest[1]], "big")


@pytest.fixture
def server() -> Iterator[Served]:
    made = Served(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def address(server: Served) -> str:
    return f"http://127.0.0.1:{server.server_port}/"


def test_a_stamp_tells_when_a_text_stood(server: Served) -> None:
    raw = stamp_of("the text", address(server))
    assert stamped_at(raw, "the text", [server.authority.root]) == server.authority.at
    for text, root in (("other", server.authority.root), ("the text", Authority().root)):
        with pytest.raises(InputRejected, match="is not valid"):
            stamped_at(raw, text, [root])
    stamp = b64encode(raw).decode()
    assert (stamp_is_over(stamp, "the text"), stamp_is_over(stamp, "other")) == (True, False)
    assert decode_timestamp_response(raw).status == 0


@pytest.mark.parametrize("lie", ["text", "nonce", "garbage"])
def test_an_authority_that_errs_is_not_believed(lie: str, server: Served) -> None:
    server.lie = lie
    with pytest.raises(InputRejected, match=r"another|refused|is missing"):
        stamp_of("the text", address(server))


def test_nothing_is_asked_where_nothing_is_configured() -> None:
    assert stamp_of("the text", "") == b""
    with pytest.raises(UsageRejected):
        stamp_of("the text", "file:///etc/passwd")


def test_a_checkpoint_carries_its_stamp(
    server: Served, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = CONFIGURATION.model_copy(update={"stamp_server": address(server)})
    monkeypatch.setattr("clew.desk.ledger.write.CONFIGURATION", told)
    with transaction.atomic():
        write(Act.DECISION, "x", "ann")
    checkpoint("test", stamped=True)
    row = Checkpoint.objects.get()
    text = statement_of(row).text()
    kept = read_kept("f", kept_of(row).text())
    assert kept.stamp == b64decode(row.stamp)
    assert stamped_at(kept.stamp, text, [server.authority.root]) == server.authority.at
    with open_ledger(database) as source:
        assert verify(source, None).checkpoints == 1
