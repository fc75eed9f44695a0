"""The kinds of values that a configuration has.

The context of the validation holds the names of the user's own data sets.
"""

import re
from collections.abc import Callable, Collection
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, PlainSerializer, ValidationInfo
from pydantic_core import PydanticCustomError

from softkmeans.clustering import temperatures
from softkmeans.clustering.initialisations import INITIALISATIONS
from softkmeans.clustering.methods import METHODS
from softkmeans.data.bundled import DIGITS
from softkmeans.data.catalogue import CATALOGUE, GROUPS
from softkmeans.data.generated import GEOMETRIES
from softkmeans.errors import DataError
from softkmeans.files import KeyPath

T = TypeVar("T")


def refusal(words: str, at: KeyPath = (), known: Collection[str] = ()) -> PydanticCustomError:
    """Make an error about the key `at`, below the value that is checked; `known` are the names allowed."""
    return PydanticCustomError("refused", "{words}", {"words": words, "at": at, "known": list(known)})


def one_of(what: str, names: Callable[[], Collection[str]], own: bool = False) -> BeforeValidator:
    """Accept one of the names that `names` gives when a configuration is read.

    If `own`, the names of the user's own data sets are accepted too.
    """

    def check(value: Any, info: ValidationInfo) -> Any:
        known = [*names(), *((info.context or ()) if own else ())]
        if value not in known:
            raise refusal(f"must be {what}", known=known)
        return value

    literal: Any = Literal  # type checkers accept only a `Literal` of constants
    hints = literal[tuple(names())] | str if own else literal[tuple(names())]
    return BeforeValidator(check, json_schema_input_type=Annotated[hints, Field(title=what)])


def made_of(keys: type[BaseModel], make: Callable[..., T], at: str) -> BeforeValidator:
    """Make an object from a block of keys.

    A `DataError` of `make` is reported at the key that the error names, else at the key `at`.
    """

    def convert(value: Any) -> T:
        try:
            return make(**dict(keys.model_validate(value)))
        except DataError as error:
            raise refusal(" ".join(str(error).split()), at=(error.key or at,)) from None

    return BeforeValidator(convert, json_schema_input_type=keys)


def _new_name(value: Any) -> str:
    if value in [*CATALOGUE, *GEOMETRIES, *GROUPS, DIGITS]:
        raise refusal("must be a name that no set or family of the catalogue has")
    if not isinstance(value, str) or not re.fullmatch("[a-z0-9][a-z0-9_-]*", value):
        raise refusal("must be a name of a-z, 0-9, _ and - that starts with a letter or digit")
    return value


def _trace(value: str) -> str:
    if not re.fullmatch("all|final|every_[1-9][0-9]{0,5}", value):
        raise refusal("must be all, final or every_N (such as every_10)")
    return value


def _some_soft(methods: tuple[str, ...]) -> tuple[str, ...]:
    if not any(METHODS[method].soft for method in methods):
        raise refusal("must have at least one soft method")
    return methods


def _distinct(items: tuple[T, ...]) -> tuple[T, ...]:
    for index, item in enumerate(items):
        if item in items[:index]:
            raise refusal("must be given once", at=(index,))
    return items


def _one_or_more(value: Any) -> Any:
    if value == []:
        raise refusal("must have at least one item")
    return [value] if isinstance(value, str) else value


NUMBER = BeforeValidator(temperatures.number)
Whole = Annotated[int, NUMBER]
Count = Annotated[int, Field(ge=1), NUMBER]
Repeats = Annotated[int, Field(ge=1, le=1_000_000), NUMBER]
Real = Annotated[float, NUMBER]
Positive = Annotated[float, Field(gt=0), NUMBER]
Temperature = Annotated[
    temperatures.Temperature,
    BeforeValidator(temperatures.Temperature.parse, json_schema_input_type=float | str),
    PlainSerializer(temperatures.Temperature.written),
    Field(title="a temperature"),
]
ColumnName = Annotated[
    str,
    BeforeValidator(lambda name: str(name) if type(name) is int else name, json_schema_input_type=str | int),
]
NewName = Annotated[str, BeforeValidator(_new_name)]
DataSet = Annotated[str, one_of("a data set", lambda: [*CATALOGUE, *GEOMETRIES], own=True)]
DataSetOrFamily = Annotated[
    str,
    one_of("a data set, a family or all", lambda: [*GROUPS, *CATALOGUE, *GEOMETRIES], own=True),
    BeforeValidator(lambda name: name.lower() if str(name).lower() in GROUPS else name),
]
Method = Annotated[str, one_of("a method", lambda: METHODS)]
MethodOrAll = Annotated[str, one_of("a method or all", lambda: ["all", *METHODS])]
SoftMethod = Annotated[str, one_of("a soft method", lambda: [m.name for m in METHODS.values() if m.soft])]
Initialisation = Annotated[str, one_of("an initialisation", lambda: INITIALISATIONS)]
InitialisationOrAll = Annotated[str, one_of("an initialisation or all", lambda: ["all", *INITIALISATIONS])]
Distinct = Annotated[tuple[T, ...], AfterValidator(_distinct)]
OneOrMore = Annotated[
    tuple[T, ...],
    AfterValidator(_distinct),
    BeforeValidator(_one_or_more),
    Field(json_schema_extra={"minItems": 1}),
]
MethodsOneSoft = Annotated[Distinct[Method], AfterValidator(_some_soft)]
KeptIterations = Annotated[str, AfterValidator(_trace)]
RepeatsOf = dict[DataSetOrFamily, Repeats]
