"""A release whose tag, version, changelog or notes disagree is refused."""

from __future__ import annotations

from datetime import date

import pytest

from exchange_automation import __version__
from tools.release import __main__ as release
from tools.release import changelog
from tools.release.changelog import ChangelogError, Entry
from tools.release.distribution import BuildError, epoch

TEXT = """\
# Changelog

What changes.

## 0.2.0 - 2026-03-01

### Added

- Something.

## 0.1.0 - 2026-01-31

- The first.
"""


def test_the_changelog_gives_each_version_with_its_day_and_its_notes() -> None:
    assert changelog.entries(TEXT) == [
        Entry("0.2.0", date(2026, 3, 1), "### Added\n\n- Something."),
        Entry("0.1.0", date(2026, 1, 31), "- The first."),
    ]


def test_the_newest_heading_of_the_changelog_is_the_version() -> None:
    assert changelog.newest(changelog.CHANGELOG.read_text()).version == __version__
    for each in changelog.entries(changelog.CHANGELOG.read_text()):
        assert each.notes


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# Changelog\n", "names no version"),
        ("## 0.1.0\n\n- It.\n", 'has the heading "## 0.1.0"'),
        ("## 0.1.0 - soon\n\n- It.\n", 'the day "soon"'),
        ("## 0.1.0 - 2026-02-30\n\n- It.\n", 'the day "2026-02-30"'),
    ],
)
def test_a_changelog_that_cannot_be_read_is_refused(text: str, says: str) -> None:
    with pytest.raises(ChangelogError, match=says):
        changelog.newest(text)


def test_notes_are_those_of_the_version_alone() -> None:
    assert changelog.entry(TEXT, "0.1.0").notes == "- The first."
    with pytest.raises(ChangelogError, match=r"no version 0\.3\.0, only 0\.2\.0, 0\.1\.0"):
        changelog.entry(TEXT, "0.3.0")
    with pytest.raises(ChangelogError, match="says nothing about"):
        changelog.entry("## 0.1.0 - 2026-01-31\n", "0.1.0")


def test_a_release_needs_one_number_in_tag_version_and_changelog_and_a_day() -> None:
    release.check("v0.2.0", TEXT, "0.2.0")
    for tag, text, version, says in (
        ("v0.2.1", TEXT, "0.2.0", r"Tag v0\.2\.0, or change the version"),
        ("0.2.0", TEXT, "0.2.0", r"Tag v0\.2\.0"),
        ("v0.3.0", TEXT, "0.3.0", r"begins with 0\.2\.0 and the version is 0\.3\.0"),
        ("v0.2.0", TEXT.replace("2026-03-01", "unreleased"), "0.2.0", "Write the day of the release"),
    ):
        with pytest.raises(release.NotReadyError, match=says):
            release.check(tag, text, version)


def test_the_command_prints_the_notes_and_refuses_a_wrong_tag(capsys: pytest.CaptureFixture[str]) -> None:
    assert release.main(["notes"]) == 0
    assert capsys.readouterr().out.strip() == changelog.entry(changelog.CHANGELOG.read_text(), __version__).notes
    assert release.main(["notes", "9.9.9"]) == 1
    assert capsys.readouterr().err.startswith("release: CHANGELOG.md has no version 9.9.9")
    assert release.main(["check", "v9.9.9"]) == 1
    assert 'The tag is "v9.9.9"' in capsys.readouterr().err


def test_a_build_bears_the_moment_of_its_commit_unless_it_is_told_another() -> None:
    assert epoch({"SOURCE_DATE_EPOCH": "1750000000"}) == "1750000000"
    assert int(epoch({})) > 1_700_000_000
    with pytest.raises(BuildError, match="no number of seconds"):
        epoch({"SOURCE_DATE_EPOCH": "yesterday"})
