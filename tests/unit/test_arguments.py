"""What a component may be given, on every Python. Without postponed annotations, like the modules of the components."""

from typing import TypedDict

from typing_extensions import NotRequired

from exchange_automation.core.errors import Mistakes
from exchange_automation.core.validation import check_names, required_names


class Shape(TypedDict):
    needed: str
    left_out: NotRequired[str]


def test_what_may_be_left_out_is_told_from_what_may_not() -> None:
    # Python 3.10 has both in __required_keys__.
    assert required_names(Shape) == {"needed"}
    mistakes = Mistakes("Component", "name")
    check_names(mistakes, {"needed": "x"}, Shape)
    mistakes.raise_any()
