"""The README stays short, what it links to is there, and no document names a place of its authors."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from clarity_pipeline_tests.house.norms import ROOT, leads_nowhere

AT_THE_ROOT = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]
LONGEST_README = 140
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def broken_links(text: str, root: Path = ROOT) -> list[str]:
    """Links within the repository that lead nowhere."""
    links = [link for link in _LINK.findall(text) if not urlsplit(link).scheme]
    return [link for link in links if (leads_nowhere(link, root) if ".md" in link else not (root / link).is_file())]


def test_the_readme_is_read_to_its_end() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= LONGEST_README


@pytest.mark.parametrize("name", AT_THE_ROOT)
def test_every_link_of_the_documents_at_the_root_leads_somewhere(name: str) -> None:
    """Those below docs/ are checked where the site is built: `make docs`."""
    assert broken_links((ROOT / name).read_text(encoding="utf-8")) == []


def test_a_link_that_leads_nowhere_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A\n", encoding="utf-8")
    text = "[a](a.md) [a](a.md#a) [b](a.md#b) ![c](c.png) [d](d.md) [e](https://example.com/e.md)"
    assert broken_links(text, tmp_path) == ["a.md#b", "c.png", "d.md"]


def test_the_pictures_are_small() -> None:
    pictures = list((ROOT / "docs" / "pictures").iterdir())
    assert pictures
    assert [each.name for each in pictures if each.stat().st_size > 200_000] == []


def test_the_changelog_says_what_is_new() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## \[Unreleased\]$", text, re.MULTILINE)
    assert re.search(r"^## \[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}\n\n### \w+\n\n- ", text, re.MULTILINE)


def test_no_document_names_a_place_of_its_authors() -> None:
    for file in (*(ROOT / name for name in AT_THE_ROOT), *(ROOT / "docs").rglob("*.md")):
        assert not re.search(r"(?<![\w.])/(?:work|root|tmp|home)/|\.\./shared", file.read_text(encoding="utf-8")), file.name
