"""The pages that the gateway makes itself."""

import re
from typing import Any


def test_the_landing_page_says_what_is_where(gateway: Any) -> None:
    answer = gateway.client.get("/")

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    for href in ("/docs", "/problems", "/health/course", "/openapi/auth.json"):
        assert f'href="{href}"' in answer.text
    assert 'href="http://localhost:8012/"' in answer.text
    assert "<<" not in answer.text


def test_what_pages_load_comes_from_here_and_exists(gateway: Any) -> None:
    for page in ("/", "/docs", "/docs/", "/problems", "/problems/not-found"):
        answer = gateway.client.get(page)
        assert answer.status_code == 200
        loaded = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
        local = [path for path in loaded if path.startswith("/assets/")]
        assert local
        assert not [path for path in loaded if "//" in path and "localhost" not in path]
        for path in local:
            assert gateway.client.get(path).status_code == 200


def test_the_reference_is_our_own_copy_with_its_licence(gateway: Any) -> None:
    script = gateway.client.get("/assets/vendor/scalar/standalone.js")
    licence = gateway.client.get("/assets/vendor/scalar/LICENSE")

    assert len(script.content) > 1_000_000
    assert script.headers["content-type"].startswith("text/javascript")
    assert "MIT License" in licence.text


def test_each_problem_of_the_gateway_and_of_the_kit_is_explained(gateway: Any) -> None:
    for code in ("bad-gateway", "link-expired", "maintenance", "token-stale", "validation-failed"):
        for path in (f"/problems/{code}", f"/problems/{code}/"):
            answer = gateway.client.get(path)
            assert answer.status_code == 200
            assert code in answer.text


def test_an_unknown_problem_has_a_page_too(gateway: Any) -> None:
    answer = gateway.client.get("/problems/no-such-thing")

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "No problem has this name" in answer.text
    assert gateway.client.get("/problems/.unknown.html").status_code == 404
