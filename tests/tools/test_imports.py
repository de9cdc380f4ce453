"""The import graph keeps its size and has no circle."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import imports


@pytest.mark.parametrize(("root", "nodes", "edges"), [("exchange_automation", 10, 30), ("localtenant", 14, 28)])
def test_the_packages_import_each_other_in_one_direction_and_stay_few(root: str, nodes: int, edges: int) -> None:
    found = imports.measure(root, 1)
    assert found.levels is not None
    assert len(found.nodes) <= nodes
    assert len(found.edges) <= edges


def test_a_circle_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    package = tmp_path / "circular"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "one.py").write_text("from circular import two\n")
    (package / "two.py").write_text("from circular import one\n")
    monkeypatch.setattr(imports, "ROOTS", {"circular": tmp_path})
    assert imports.main([]) == 1
    assert "a cycle" in capsys.readouterr().out
