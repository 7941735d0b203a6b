"""Files below /storage/: who may fetch what, and how it is answered."""

from typing import Any
from urllib.parse import quote

import pytest

# Made by `openssl dgst -sha256 -hmac`, so that neither side is its own judge:
# query of a link to private/7/paper.pdf.
VECTORS = [
    "expires=4102444800&signature=D3Y-x5rJdUFQb1v9V6GOZ1vzk6PUXCOn_S6T8UZnCFA",
    "expires=4102444800&filename=%C3%9Cbung.pdf&signature=JVowUDFCQdwa_PZswWPOqgWZSRToHw9q_Llk-RqaIsQ",
]


@pytest.fixture(autouse=True)
def objects(gateway: Any) -> None:
    gateway.put("public/aa/abc.webp", b"picture")
    gateway.put("private/7/paper.pdf", b"0123456789")
    gateway.put("quarantine/7", b"unchecked")
    gateway.put("public/.hidden", b"hidden")
    (gateway.home / "outside.txt").write_text("outside")


def path_of(gateway: Any, url: str) -> str:
    return url.removeprefix(gateway.url)


def signed(gateway: Any, key: str, **more: Any) -> str:
    return path_of(gateway, gateway.storage.sign_download(key, expires_in_secs=60, **more))


def test_a_public_file_needs_no_signature_and_may_be_kept_for_ever(gateway: Any) -> None:
    answer = gateway.client.get("/storage/public/aa/abc.webp")

    assert (answer.status_code, answer.content) == (200, b"picture")
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_a_private_file_opens_by_the_link_that_a_service_signed(gateway: Any) -> None:
    answer = gateway.client.get(signed(gateway, "private/7/paper.pdf"))

    assert (answer.status_code, answer.content) == (200, b"0123456789")
    assert answer.headers["cache-control"] == "private, no-store"
    assert "content-disposition" not in answer.headers


def test_a_part_of_a_file_can_be_fetched(gateway: Any) -> None:
    link = signed(gateway, "private/7/paper.pdf")

    part = gateway.client.get(link, headers={"Range": "bytes=2-4"})
    beyond = gateway.client.get(link, headers={"Range": "bytes=50-60"})

    assert (part.status_code, part.content) == (206, b"234")
    assert part.headers["content-range"] == "bytes 2-4/10"
    assert (beyond.status_code, beyond.json()["code"]) == (416, "range-not-satisfiable")


def test_a_signed_file_name_is_offered_whatever_its_letters(gateway: Any) -> None:
    name = 'Müller & +Söhne "x"; a=b (1).pdf'
    answer = gateway.client.get(signed(gateway, "private/7/paper.pdf", filename=name))

    assert answer.status_code == 200
    offered = answer.headers["content-disposition"]
    assert offered.startswith('attachment; filename="M_ller _ _S_hne _x__ a_b (1).pdf"; ')
    assert offered.endswith(f"filename*=UTF-8''{quote(name, safe='')}".replace("!", "%21"))


@pytest.mark.parametrize(
    "change",
    [
        lambda link: link.partition("?")[0],
        lambda link: link.replace("signature=", "signature=A"),
        lambda link: link[:-1] + ("A" if link[-1] != "A" else "B"),
        lambda link: link.replace("expires=", "expires=9"),
        lambda link: link.replace("expires=", "expires=-"),
        lambda link: link.replace("paper.pdf", "other.pdf"),
        lambda link: f"{link}&filename=mine.html",
        lambda link: f"{link}&signature=x",
        lambda link: link.replace("signature=", "signature=%ff%00"),
    ],
)
def test_a_link_that_was_touched_opens_nothing(gateway: Any, change: Any) -> None:
    gateway.put("private/7/other.pdf", b"another")
    answer = gateway.client.get(change(signed(gateway, "private/7/paper.pdf")))

    assert (answer.status_code, answer.json()["code"]) == (403, "link-refused")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"


def test_a_link_ends(gateway: Any) -> None:
    ended = gateway.storage.sign_download("private/7/paper.pdf", expires_in_secs=-1)
    answer = gateway.client.get(path_of(gateway, ended))

    assert (answer.status_code, answer.json()["code"]) == (403, "link-expired")


def test_what_waits_in_quarantine_is_never_served(gateway: Any) -> None:
    assert gateway.client.get("/storage/quarantine/7").status_code == 404
    assert gateway.client.get(signed(gateway, "quarantine/7")).status_code == 404
    assert gateway.client.get("/storage/public/../quarantine/7").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/storage",
        "/storage/",
        "/storage/public",
        "/storage/public/",
        "/storage/public/aa",
        "/storage/public/aa/",
        "/storage/public/.hidden",
        "/storage/public/none.webp",
        "/storage/public/../../outside.txt",
        "/storage/public/..%2f..%2foutside.txt",
        "/storage/public/%2e%2e/%2e%2e/outside.txt",
        "/storage/public/..%5coutside.txt",
        "/storage/public/aa/abc.webp%00.txt",
        "/storage/public/aa//..//..//..//outside.txt",
        "/storage../outside.txt",
    ],
)
def test_nothing_is_listed_and_nobody_leaves_the_root(gateway: Any, path: str) -> None:
    asked = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    answer = gateway.raw(asked)

    assert answer.split(b" ", 2)[1] in {b"400", b"403", b"404"}
    assert b"outside" not in answer.partition(b"\r\n\r\n")[2].replace(path.encode(), b"")


def test_a_link_in_the_file_system_is_not_followed(gateway: Any) -> None:
    link = gateway.objects / "public/aa/link.txt"
    if not link.is_symlink():
        link.symlink_to(gateway.home / "outside.txt")

    assert gateway.client.get("/storage/public/aa/link.txt").status_code in {403, 404}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.m3u8", "application/vnd.apple.mpegurl"),
        ("a.ts", "video/mp2t"),
        ("a.m4s", "video/iso.segment"),
        ("a.mp4", "video/mp4"),
        ("a.pdf", "application/pdf"),
        ("a.vtt", "text/vtt"),
        ("a.html", "application/octet-stream"),
        ("a.svg", "application/octet-stream"),
        ("a", "application/octet-stream"),
    ],
)
def test_types_are_those_that_do_no_harm(gateway: Any, name: str, kind: str) -> None:
    gateway.put(f"private/hls/{name}", b"x")
    answer = gateway.client.get(signed(gateway, f"private/hls/{name}"))

    assert answer.headers["content-type"] == kind


def test_files_are_read_only(gateway: Any) -> None:
    for method in ("POST", "PUT", "DELETE"):
        answer = gateway.client.request(method, "/storage/public/aa/abc.webp")
        assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")


@pytest.mark.parametrize("query", VECTORS)
def test_a_signature_made_by_others_opens_the_file(gateway: Any, query: str) -> None:
    assert gateway.client.get(f"/storage/private/7/paper.pdf?{query}").status_code == 200
