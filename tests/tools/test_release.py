"""A release whose tag, version, changelog or notes disagree is refused."""

from __future__ import annotations

import pytest

from exchange_automation import __version__
from tools import release
from tools.release import CHANGELOG, ReleaseError

TEXT = """\
# Changelog

## 0.2.0 - 2026-03-01

### Added

- Something.

## 0.1.0 - 2026-01-31

- The first.
"""


def test_the_changelog_has_a_day_and_notes_for_each_version() -> None:
    assert release.changelog(TEXT) == {
        "0.2.0": ("2026-03-01", "### Added\n\n- Something."),
        "0.1.0": ("2026-01-31", "- The first."),
    }


def test_the_newest_heading_of_the_changelog_is_the_version() -> None:
    entries = release.changelog(CHANGELOG.read_text())
    assert next(iter(entries)) == __version__
    assert all(notes for _, notes in entries.values())


@pytest.mark.parametrize("heading", ["## 0.1.0", "## 0.1.0 - soon", "## 0.1.0 - 2026-02-30"])
def test_a_heading_without_a_day_is_refused(heading: str) -> None:
    with pytest.raises(ReleaseError, match=f'has the heading "{heading}", so its notes belong to no version'):
        release.changelog(f"{heading}\n\n- It.\n")


@pytest.mark.parametrize("text", [TEXT, "## 0.3.0 - 2026-01-31\n", "# Changelog\n"])
def test_a_version_without_notes_is_refused(text: str) -> None:
    assert release.notes(TEXT, "0.1.0") == "- The first."
    with pytest.raises(ReleaseError, match=r"says nothing about 0\.3\.0"):
        release.notes(text, "0.3.0")


@pytest.mark.parametrize(
    ("tag", "text", "version", "message"),
    [
        ("v0.2.1", TEXT, "0.2.0", r"Tag v0\.2\.0"),
        ("0.2.0", TEXT, "0.2.0", r"Tag v0\.2\.0"),
        ("v0.3.0", TEXT, "0.3.0", r"CHANGELOG\.md begins with 0\.2\.0"),
        ("v0.3.0", "# Changelog\n", "0.3.0", r"begins with no version"),
        ("v0.2.0", TEXT.replace("2026-03-01", "unreleased"), "0.2.0", "Write the day of the release"),
    ],
)
def test_tag_version_and_changelog_have_to_agree(tag: str, text: str, version: str, message: str) -> None:
    release.check("v0.2.0", TEXT, "0.2.0")
    with pytest.raises(ReleaseError, match=message):
        release.check(tag, text, version)


def test_the_command_prints_the_notes_and_refuses_a_wrong_tag(capsys: pytest.CaptureFixture[str]) -> None:
    assert release.main(["notes"]) == 0
    assert capsys.readouterr().out.strip() == release.notes(CHANGELOG.read_text(), __version__)
    assert release.main(["check", "v9.9.9"]) == 1
    assert 'release: The tag is "v9.9.9"' in capsys.readouterr().err


def test_the_files_bear_the_time_of_the_commit_or_of_the_environment() -> None:
    assert release.epoch({"SOURCE_DATE_EPOCH": "1750000000"}) == "1750000000"
    assert int(release.epoch({})) > 1_700_000_000
    with pytest.raises(ReleaseError, match="Give it as a number of seconds"):
        release.epoch({"SOURCE_DATE_EPOCH": "yesterday"})
