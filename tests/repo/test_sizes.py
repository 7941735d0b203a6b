"""Sizes at which a room is split. Raising one is a decision; it stands in a record."""

import io
import tokenize
from pathlib import Path

SILENT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def lines_of_code(path: Path) -> int:
    """Lines that hold code: neither blank nor comment nor docstring."""
    lines: set[int] = set()
    before = tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        is_docstring = token.type == tokenize.STRING and before in SILENT
        if token.type not in SILENT and not is_docstring:
            lines |= set(range(token.start[0], token.end[0] + 1))
        before = before if token.type in {tokenize.NL, tokenize.COMMENT} else token.type
    return len(lines)


def test_no_module_is_longer_than_400_lines(modules: list[Path], root: Path) -> None:
    lines = {path: len(path.read_text().splitlines()) for path in modules}
    long = {str(path.relative_to(root)): count for path, count in lines.items() if count > 400}

    assert len(modules) > 300
    assert long == {}


def test_the_kit_stays_below_4300_lines_of_code(root: Path) -> None:
    kit = root / "servicekit" / "src" / "servicekit"
    paths = [path for path in kit.rglob("*.py") if "testing" not in path.parts]

    assert 1000 < sum(map(lines_of_code, paths)) <= 4300


def test_no_service_has_more_than_12_domains(domains: dict[str, list[Path]]) -> None:
    counts = {name: len(folders) for name, folders in domains.items()}

    assert all(counts.values())
    assert {name: count for name, count in counts.items() if count > 12} == {}


def test_no_domain_has_more_than_11_files(domains: dict[str, list[Path]]) -> None:
    files = {
        f"{name}/{folder.name}": len(list(folder.glob("*.py")))
        for name, folders in domains.items()
        for folder in folders
    }

    assert files
    assert {domain: count for domain, count in files.items() if count > 11} == {}
