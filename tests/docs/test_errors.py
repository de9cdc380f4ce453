"""Codes, messages and pages hold together. A failure says what to write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.site import errors, messages

LEAST_WORDS = 5


def test_every_code_has_its_page_with_the_messages_as_they_are_printed() -> None:
    left = errors.problems()
    assert not left, "\n".join(["", *left])


def test_every_code_in_the_sources_is_read_with_its_message() -> None:
    for code, texts in messages.read().items():
        words = [len(re.findall(r"[A-Za-z]{2,}", re.sub(r"\{[^}]*\}", "", text))) for text in texts]
        assert min(words) > 1, f"{code}: write its messages where they are raised, so that they can be read: {texts}"
        assert max(words) >= LEAST_WORDS, f"{code}: {texts}"


def test_no_code_in_the_sources_escapes_the_reader() -> None:
    written = set(re.findall(r"EXA\d{3}", "".join(path.read_text("utf-8") for path in messages.SOURCES.rglob("*.py"))))
    assert written - set(messages.read()) == {"EXA101"} - set(messages.read())


def test_a_page_shows_what_a_component_says() -> None:
    """The reader against the running code: a real message fits one of the templates on its page."""
    from exchange_automation.connection import organization_mistake  # noqa: PLC0415  (the subject of one test)

    said = organization_mistake("contoso.com")
    assert said is not None
    assert any(fits(template, said) for template in messages.read()["EXA120"])
    assert not any(fits(template, said + " More.") for template in messages.read()["EXA120"])


def fits(template: str, text: str) -> bool:
    return re.fullmatch(".+".join(re.escape(part) for part in re.split(r"\{[a-z_]+\}", template)), text) is not None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / errors.INDEX).write_text("# Errors\n\n<!-- codes -->\n<!-- /codes -->\n", "utf-8")
    return tmp_path


def test_a_new_code_is_asked_for_by_file_and_command(folder: Path) -> None:
    sources = {"EXA199": ["{name} is wrong, so nothing works. Correct it."]}
    (problem,) = errors.problems(folder, sources)
    assert "docs/errors/exa199.md" in problem
    assert "python -m tools.site.errors --write" in problem
    assert sources["EXA199"][0] in problem


def test_a_page_that_nobody_finished_is_a_problem(folder: Path) -> None:
    sources = {"EXA199": ["{name} is wrong, so nothing works. Correct it."]}
    errors.write(folder, sources)
    problems = "\n".join(errors.problems(folder, sources))
    for name in ("# EXA199: ", *errors.SECTIONS):
        assert name in problems


def test_a_changed_message_is_noticed_and_written_without_losing_what_people_wrote(folder: Path) -> None:
    errors.write(folder, {"EXA199": ["{name} is wrong."]})
    path = folder / "exa199.md"
    path.write_text(path.read_text("utf-8").replace(errors.UNWRITTEN, "Said by somebody."), "utf-8")
    errors.write(folder, {"EXA199": ["{name} is wrong."]})
    assert errors.problems(folder, {"EXA199": ["{name} is wrong."]}) == []
    changed = {"EXA199": ["{name} is wrong.", "{name} is missing."]}
    (problem,) = errors.problems(folder, changed)
    assert "other messages" in problem
    errors.write(folder, changed)
    assert errors.problems(folder, changed) == []
    assert "Said by somebody." in path.read_text("utf-8")
    assert "{name} is wrong.\n\n{name} is missing." in path.read_text("utf-8")


def test_a_page_without_a_code_in_the_sources_is_a_problem(folder: Path) -> None:
    errors.write(folder, {"EXA199": ["{name} is wrong."]})
    (problem,) = errors.problems(folder, {})
    assert "Delete the page" in problem
