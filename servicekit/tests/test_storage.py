"""Objects land whole, and their addresses are good for one thing and one time."""

import hashlib
import hmac
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from servicekit.storage import LocalStorage, ObjectNotFound


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(
        root=str(tmp_path), public_url="http://localhost:8000", signing_key="k" * 32
    )


async def test_an_object_comes_back_as_it_was_put_and_goes_when_deleted(
    storage: LocalStorage,
) -> None:
    await storage.put("private/a/b.bin", b"first")
    await storage.put("private/a/b.bin", b"second")

    assert await storage.get("private/a/b.bin") == b"second"
    assert await storage.size("private/a/b.bin") == 6
    assert [key async for key in storage.list("private/a/")] == ["private/a/b.bin"]
    await storage.delete("private/a/b.bin")
    await storage.delete("private/a/b.bin")
    with pytest.raises(ObjectNotFound):
        await storage.get("private/a/b.bin")


async def test_listing_passes_over_what_others_delete_meanwhile(
    storage: LocalStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        await storage.put(f"private/{name}/x.bin", b"x")
    scandir = os.scandir

    def too_late(folder: str | Path) -> Any:
        if Path(folder) == tmp_path / "private" / "b":
            (Path(folder) / "x.bin").unlink()
            Path(folder).rmdir()
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", too_late)
    listed = [key async for key in storage.list("private/")]

    assert listed == ["private/a/x.bin", "private/c/x.bin"]


@pytest.mark.parametrize(
    "key", ["../x", "a/../../x", "/etc/passwd", "a//b", ".staging/x", "a/\x00"]
)
async def test_a_key_never_leaves_the_root(storage: LocalStorage, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        await storage.put(key, b"x")


def test_a_public_address_is_stable_and_a_private_one_is_signed(storage: LocalStorage) -> None:
    assert storage.sign_download("public/a/b.webp", expires_in_secs=5) == (
        "http://localhost:8000/storage/public/a/b.webp"
    )
    signed = urlsplit(storage.sign_download("private/a.pdf", expires_in_secs=5, filename="ü.pdf"))
    query = {name: values[0] for name, values in parse_qs(signed.query).items()}
    message = f"GET\n/storage/private/a.pdf\n{query['expires']}\nü.pdf".encode()
    assert hmac.new(b"k" * 32, message, hashlib.sha256).digest().hex()
    assert set(query) == {"expires", "signature", "filename"}


@pytest.mark.parametrize(
    "changed",
    [{"size_bytes": 6}, {"content_type": "text/html"}, {"expires": 1}, {"signature": "x"}],
)
def test_an_upload_is_good_for_its_own_type_size_and_time(
    storage: LocalStorage, changed: dict[str, object]
) -> None:
    upload = storage.sign_upload(
        "quarantine/a", content_type="image/png", size_bytes=5, expires_in_secs=60
    )
    query = {name: values[0] for name, values in parse_qs(urlsplit(upload.url).query).items()}
    good: dict[str, object] = {
        "expires": int(query["expires"]),
        "signature": query["signature"],
        "size_bytes": 5,
        "content_type": "image/png",
    }

    assert storage.upload_is_signed("quarantine/a", **good)  # type: ignore[arg-type]  # by name
    assert not storage.upload_is_signed("quarantine/a", **(good | changed))  # type: ignore[arg-type]
    assert not storage.upload_is_signed("quarantine/b", **good)  # type: ignore[arg-type]  # by name
