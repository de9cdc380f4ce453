"""Runs the jobs of a workflow for GitHub: its own shell steps, in a checkout, with what each action would do in place of it.

Expressions are resolved from contexts that a test gives, and one that is not given is an error: nothing runs with a guess.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tools.places import CHECKOUT

GITHUB = CHECKOUT / "examples" / "ci" / "github"
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_LOOKUP = re.compile(r"'[^']*'|\b(?:github|env|vars|needs|steps|runner)(?:\.[A-Za-z_*][\w*-]*)+")


def workflow(name: str) -> dict[str, Any]:
    """A workflow of the examples."""
    loaded: dict[str, Any] = yaml.safe_load((GITHUB / f"{name}.yml").read_text())
    return loaded


@dataclass
class Done:
    """How a job ended.

    Attributes:
        result: "success", "failure" or "skipped".
        failed: name of the step that failed.
        log: what its steps printed.
        summary: what they wrote for the run's summary.
        outputs: the job's outputs.
    """

    result: str
    failed: str = ""
    log: str = ""
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)


@dataclass
class Runner:
    """One repository's runs.

    Attributes:
        checkout: the working directory of every job.
        scratch: artifacts and the runner's own files.
        environment: of every step.
        contexts: ``github`` and ``vars``.
    """

    checkout: Path
    scratch: Path
    environment: Mapping[str, str]
    contexts: dict[str, Any]

    def job(self, of: Mapping[str, Any], name: str, needs: Mapping[str, Done] | None = None) -> Done:
        """Runs a job, or reports that it is skipped."""
        job = of["jobs"][name]
        contexts = {
            **self.contexts,
            "needs": {key: {"result": done.result, "outputs": done.outputs} for key, done in (needs or {}).items()},
            "runner": {"temp": str(self.scratch)},
            "steps": {},
        }
        failed = any(done.result != "success" for done in (needs or {}).values())
        if not self._condition(job.get("if", ""), contexts, failed=failed):
            return Done("skipped")
        contexts["env"] = self._resolved({**of.get("env", {}), **job.get("env", {})}, contexts)
        done = Done("success")
        for step in job["steps"]:
            if not self._condition(step.get("if", ""), contexts, failed=done.result == "failure"):
                continue
            passed = self._step(step, contexts, done) or step.get("continue-on-error") is True
            if not passed and done.result == "success":
                done.result, done.failed = "failure", step["name"]
        done.outputs = {key: self._text(value, contexts) for key, value in job.get("outputs", {}).items()}
        return done

    def text(self, value: str) -> str:
        """Returns a text of the workflow with its expressions resolved."""
        return self._text(value, self.contexts)

    def _step(self, step: Mapping[str, Any], contexts: dict[str, Any], done: Done) -> bool:
        if "uses" in step:
            return self._action(step["uses"].partition("@")[0], self._resolved(step.get("with", {}), contexts))
        if step["name"] == "Install":
            # The packages are in this environment already. tests/ci/test_install.py judges the commands.
            return True
        given = {name: self.scratch / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for path in given.values():
            path.write_text("")
        assert "${{" not in step["run"], "an expression in a shell script is code of whoever chooses its value"
        ran = subprocess.run(
            ["bash", "-e", "-c", step["run"]],
            cwd=self.checkout,
            env={
                **self.environment,
                **contexts["env"],
                **self._resolved(step.get("env", {}), contexts),
                **{name: str(path) for name, path in given.items()},
                "RUNNER_TEMP": str(self.scratch),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=200,
            check=False,
        )
        done.log += f"\n## {step['name']}\n{ran.stdout}"
        done.summary += given["GITHUB_STEP_SUMMARY"].read_text()
        lines = [line for line in given["GITHUB_OUTPUT"].read_text().splitlines() if line]
        contexts["steps"][step.get("id", "")] = {"outputs": dict(line.split("=", 1) for line in lines)}
        return ran.returncode == 0

    def _action(self, action: str, given: Mapping[str, str]) -> bool:
        if action == "actions/upload-artifact":
            source, target = self.checkout / given["path"], self.scratch / "artifacts" / given["name"]
            if not source.is_file():
                return True  # A warning, by default.
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir(parents=True)
            shutil.copy(source, target)
            return True
        if action == "actions/download-artifact":
            source, target = self.scratch / "artifacts" / given["name"], self.checkout / given.get("path", ".")
            if not source.is_dir():
                return False
            shutil.copytree(source, target, dirs_exist_ok=True, symlinks=True)
            return True
        assert action in {"actions/checkout", "actions/setup-python", "pulumi/actions", "azure/login"}, action
        return True

    def _resolved(self, values: Mapping[str, Any], contexts: Mapping[str, Any]) -> dict[str, str]:
        return {key: self._text(value, contexts) for key, value in values.items()}

    def _text(self, value: Any, contexts: Mapping[str, Any]) -> str:
        def result(match: re.Match[str]) -> str:
            found = self._value(match[1], contexts)
            return {True: "true", False: "false", None: ""}.get(found, str(found))

        return _EXPRESSION.sub(result, str(value))

    def _condition(self, text: str, contexts: Mapping[str, Any], *, failed: bool) -> bool:
        inner = _EXPRESSION.fullmatch(text.strip())
        expression = inner[1] if inner else text
        # Without a word about failures, GitHub adds success().
        if failed and "always()" not in expression and "cancelled()" not in expression:
            return False
        return bool(self._value(expression, contexts)) if expression.strip() else True

    def _value(self, expression: str, contexts: Mapping[str, Any]) -> Any:
        def python(match: re.Match[str]) -> str:
            return match[0] if match[0].startswith("'") else f"_look({match[0]!r})"

        code = _LOOKUP.sub(python, expression)
        code = re.sub(r"!(?!=)", " not ", code).replace("&&", " and ").replace("||", " or ").replace("\n", " ")
        names = {
            "_look": lambda path: _look(path, contexts),
            "always": lambda: True,
            "cancelled": lambda: False,
            "contains": lambda values, value: value in values,
            "fromJSON": json.loads,
        }
        return eval(code, {"__builtins__": {}}, names)  # noqa: S307  (our own workflows)


def _look(path: str, contexts: Mapping[str, Any]) -> Any:
    value: Any = contexts
    parts = path.split(".")
    for number, part in enumerate(parts):
        if part == "*":
            return [_look(".".join(["x", *parts[number + 1 :]]), {"x": item}) for item in value]
        if parts[0] in ("steps", "needs") and "outputs" in parts[:number] and part not in value:
            return ""  # An output that was not set.
        if parts[0] == "steps" and number == 1 and part not in value:
            return ""  # A step that did not run.
        value = value[part]
    return value


def environment(engine: str, **more: str) -> dict[str, str]:
    """A runner's environment: nothing of a person's settings for Azure or Pulumi, and no token."""
    kept = ("HOME", "LANG", "LC_ALL", "TMPDIR")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "PATH": os.pathsep.join([str(CHECKOUT / "tools" / "language_host"), engine, "/usr/local/bin:/usr/bin:/bin"]),
        "PYTHONPATH": str(CHECKOUT),
        "EXCHANGE_AUTOMATION_PYTHON": str(CHECKOUT / ".venv" / "bin" / "python"),
        "COLUMNS": "200",
        **more,
    }
