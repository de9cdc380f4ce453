"""The comment, the issue and the thread: written once, then updated, and nobody else's touched."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.ci.services import BOT, ME, Service, serving
from tools.places import CHECKOUT

Run = Callable[..., tuple[int, str]]
MARK = "<!-- exchange-automation explain: prod -->"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("post", CHECKOUT / "examples" / "ci" / "post.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


post = _load()


@pytest.fixture(autouse=True)
def variables(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post.time, "sleep", lambda _: None)
    for name, value in {
        "GITHUB_API_URL": service.url,
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_TOKEN": "token",
        "SYSTEM_COLLECTIONURI": f"{service.url}/",
        "SYSTEM_ACCESSTOKEN": "token",
        "SYSTEM_TEAMPROJECTID": "project",
        "BUILD_REPOSITORY_ID": "repo",
        "SYSTEM_PULLREQUEST_PULLREQUESTID": "17",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def post_it(*arguments: str, body: str = f"{MARK}\nhello\n") -> tuple[int, str]:
        (tmp_path / "text.md").write_text(body)
        code = post.main([arguments[0], "--file", str(tmp_path / "text.md"), *arguments[1:]])
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return post_it


def test_a_comment_is_updated_and_not_repeated(service: Service, run: Run) -> None:
    service.comments[17] = [{"id": n, "body": f"talk {n}", "user": {"login": "octocat"}} for n in range(250)]
    assert run("github-comment", "--pull-request", "17") == (0, "github-comment: written\n")
    assert run("github-comment", "--pull-request", "17") == (0, "github-comment: unchanged\n")
    assert run("github-comment", "--pull-request", "17", body=f"{MARK}\nnew") == (0, "github-comment: updated\n")
    other = "<!-- exchange-automation explain: test -->\nother"
    assert run("github-comment", "--pull-request", "17", body=other) == (0, "github-comment: written\n")
    assert [comment["body"] for comment in service.comments[17][250:]] == [f"{MARK}\nnew", other]


def test_a_comment_of_somebody_else_with_the_same_mark_is_left_alone(service: Service, run: Run) -> None:
    planted = {"id": 1, "body": f"{MARK}\nall is well", "user": {"login": "mallory"}}
    quoted = {"id": 2, "body": f"look:\n{MARK}", "user": {"login": BOT}}
    service.comments[17] = [dict(planted), dict(quoted)]
    assert run("github-comment", "--pull-request", "17")[0] == 0
    assert service.comments[17][:2] == [planted, quoted]
    assert len(service.comments[17]) == 3


def test_the_pull_request_of_a_fork_is_found_by_its_branch_and_commit(service: Service, run: Run) -> None:
    service.pulls = [{"number": 5, "head": {"label": "octocat:fix", "sha": "abc"}}]
    assert run("github-comment", "--head", "octocat:fix", "--sha", "abc") == (0, "github-comment: written\n")
    assert len(service.comments[5]) == 1
    code, printed = run("github-comment", "--head", "octocat:fix", "--sha", "old")
    assert code == 0
    assert "no open pull request is at that commit any more" in printed
    assert list(service.comments) == [5]


def test_there_is_one_issue_that_is_opened_updated_and_closed(service: Service, run: Run) -> None:
    service.issues = [
        {"number": 1, "state": "open", "body": MARK, "user": {"login": "mallory"}},
        {"number": 2, "state": "open", "body": MARK, "user": {"login": BOT}, "pull_request": {}},
    ]
    assert run("github-issue", "--close") == (0, "github-issue: not needed\n")
    assert run("github-issue", "--title", "drift") == (0, "github-issue: opened\n")
    assert run("github-issue", "--title", "drift", body=f"{MARK}\r\nworse") == (0, "github-issue: updated\n")
    assert run("github-issue", "--close") == (0, "github-issue: closed\n")
    assert [issue["state"] for issue in service.issues] == ["open", "open", "closed"]
    assert run("github-issue", "--title", "drift") == (0, "github-issue: opened\n")


def test_a_thread_in_azure_repos_is_updated_and_not_repeated(service: Service, run: Run) -> None:
    planted = {"id": 1, "author": {"id": "mallory"}, "content": MARK}
    service.threads = [
        {"id": 1, "comments": [planted]},
        {"id": 2, "isDeleted": True, "comments": [{"id": 1, "author": {"id": ME}, "content": MARK}]},
        {"id": 3, "comments": []},
    ]
    assert run("azure-thread") == (0, "azure-thread: written\n")
    assert run("azure-thread", body=f"{MARK}\nnew") == (0, "azure-thread: updated\n")
    assert service.threads[0]["comments"] == [planted]
    assert [thread["comments"][0]["content"] for thread in service.threads[3:]] == [f"{MARK}\nnew"]
    assert service.threads[3]["status"] == 4


def test_a_service_that_is_down_for_a_moment_is_asked_again(service: Service, run: Run) -> None:
    service.failures = [503, 502]
    assert run("github-comment", "--pull-request", "17")[0] == 0
    assert len(service.comments[17]) == 1


def test_a_post_whose_answer_is_unclear_is_not_repeated(
    service: Service, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = service.answer

    def lost(method: str, target: str, body: object) -> tuple[int, object]:
        given = answer(method, target, body)
        return given if method == "GET" else (502, {})

    monkeypatch.setattr(service, "answer", lost)
    code, printed = run("github-comment", "--pull-request", "17")
    assert code == 2
    assert "was answered with 502" in printed
    assert len(service.comments[17]) == 1


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_the_token_goes_nowhere_else(
    service: Service, run: Run, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    with serving() as stranger:
        monkeypatch.setattr(service, "location", f"{stranger.url}/elsewhere")
        service.failures = [code]
        result, output = run("github-comment", "--pull-request", "17")
        assert (result, f"was answered with {code}" in output) == (2, True)
        assert stranger.asked == []


@pytest.mark.parametrize(
    ("body", "says"),
    [("", "does not start with the mark"), ("hello", "does not start with the mark"), (f"{MARK}x\n", "the mark")],
)
def test_a_text_without_a_mark_is_not_posted(service: Service, run: Run, body: str, says: str) -> None:
    code, printed = run("github-comment", "--pull-request", "17", body=body)
    assert (code, says in printed) == (2, True)
    assert service.asked == []


def test_a_text_that_is_longer_than_a_service_takes_is_cut_at_a_line(service: Service, run: Run) -> None:
    body = f"{MARK}\n" + "\u2603 a line of the audit\n" * 5000
    assert run("github-comment", "--pull-request", "17", body=body)[0] == 0
    [comment] = service.comments[17]
    kept, _, note = comment["body"].rpartition("\n\n")
    assert len(comment["body"]) <= 65_536
    assert body.startswith(f"{kept}\n")
    assert note == "*The rest is cut; the run has the whole text.*\n"


def test_a_missing_or_unsafe_setting_is_reported(service: Service, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_API_URL", "http://api.example")
    assert "is not https" in run("github-comment", "--pull-request", "17")[1]
    monkeypatch.delenv("GITHUB_TOKEN")
    assert "The variable GITHUB_TOKEN is not set" in run("github-comment", "--pull-request", "17")[1]
    assert service.asked == []
