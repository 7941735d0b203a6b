"""The gateway's own pages: landing page, API reference, and one page for each problem."""

import html
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

UNKNOWN = {
    "code": "unknown",
    "title": "No problem has this name",
    "status": 404,
    "explanation": "Perhaps the address was cut short, or a newer version of the platform made it.",
}


def write_pages(
    assets: Path,
    target: Path,
    *,
    problems: Sequence[Mapping[str, Any]],
    links: Mapping[str, str],
    origin: str,
) -> None:
    """Replace the folder `target` by pages made of the templates in `assets`."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(assets / "assets", target / "assets")
    shutil.copytree(assets / "vendor", target / "assets" / "vendor")
    shutil.copyfile(assets / "docs.html", target / "docs.html")
    index = (assets / "index.html").read_text()
    (target / "index.html").write_text(
        filled(index, links=_links(links), origin=html.escape(origin))
    )
    _write_problems((assets / "problem.html").read_text(), target / "problems", problems)


def filled(template: str, **values: str) -> str:
    """The template with each `<<name>>` replaced by HTML. Raises KeyError for a missing one."""
    return re.sub(r"<<(\w+)>>", lambda found: values[found[1]], template)


def _links(links: Mapping[str, str]) -> str:
    rows = [
        f'<li><a href="{html.escape(url)}">{html.escape(name)}</a></li>'
        for name, url in links.items()
    ]
    return "\n".join(rows) or "<li>Nothing is attached to this gateway.</li>"


def _words(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


def _page(template: str, problem: Mapping[str, Any]) -> str:
    return filled(
        template,
        title=_words(problem["title"]),
        plain_title=html.escape(problem["title"]),
        status=str(int(problem["status"])),
        code=html.escape(problem["code"]),
        text=f"<p>{_words(problem['explanation'])}</p>",
    )


def _write_problems(template: str, target: Path, problems: Sequence[Mapping[str, Any]]) -> None:
    target.mkdir(parents=True)
    for problem in problems:
        if re.fullmatch(r"[a-z0-9-]+", problem["code"]):
            (target / f"{problem['code']}.html").write_text(_page(template, problem))
    (target / ".unknown.html").write_text(_page(template, UNKNOWN))
    rows = "\n".join(
        f'<tr><td><a href="/problems/{html.escape(each["code"])}">{html.escape(each["code"])}</a>'
        f"</td><td>{int(each['status'])}</td><td>{_words(each['title'])}</td></tr>"
        for each in sorted(problems, key=lambda each: str(each["code"]))
    )
    overview = filled(
        template,
        title="What can go wrong",
        plain_title="What can go wrong",
        status="RFC 9457",
        code="problems",
        text=f"<table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>",
    )
    (target / "index.html").write_text(overview)
