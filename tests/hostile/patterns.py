"""Find every regular expression of passo_lod, and make texts that slow a bad one down."""

import ast
import builtins
import importlib
import pkgutil
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from itertools import islice, product
from pathlib import Path
from re import _parser as parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

import passo_lod

METHODS = ("match", "fullmatch", "search", "finditer", "findall", "split", "sub")
AnyPattern = re.Pattern[str] | re.Pattern[bytes]


@dataclass(frozen=True)
class Use:
    """One method of one regular expression, as some line of the package calls it."""

    where: str
    pattern: AnyPattern
    method: str

    @property
    def reading(self) -> str:
        """The method that reads a text in the same way: `findall`, `split` and `sub` find what `finditer` does."""
        return self.method if self.method in ("match", "fullmatch", "search") else "finditer"

    def run(self, text: str) -> None:
        subject: Any = text.encode("utf-8", "surrogateescape") if isinstance(self.pattern.pattern, bytes) else text
        if self.reading == "finditer":
            for _ in self.pattern.finditer(subject):
                pass
        else:
            getattr(self.pattern, self.reading)(subject)


# ------------------------------------------------------------------------------------------------------------------ finder


def modules() -> Iterator[ModuleType]:
    for module in pkgutil.walk_packages(passo_lod.__path__, "passo_lod."):
        if not module.name.endswith("__main__"):
            yield importlib.import_module(module.name)


def uses(values: Mapping[str, Iterable[str | bytes]], called: Mapping[str, Iterable[str]]) -> Iterator[Use]:
    """Every use of every regular expression.

    Args:
        values: the expressions that only a call knows, by module and source text; KeyError names one that is missing.
        called: the methods of those that another module calls, by the name of the function that returns them.
    """
    trees = {module: ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8")) for module in modules()}
    methods = {**_methods_by_name(trees.values()), **called}
    for module, tree in trees.items():
        name = module.__name__.removeprefix("passo_lod.")
        for variable, value in vars(module).items():
            for pattern in patterns_in(value):
                for method in sorted(methods.get(variable) or METHODS):
                    yield Use(f"{name}.{variable}", pattern, method)
        for call, found in _calls(tree, methods):
            for pattern in _patterns_of(name, module, call, values):
                for method in sorted(found):
                    yield Use(f"{name}:{call.lineno}", pattern, method)


def literal_patterns(module: ModuleType) -> list[str]:
    """The texts in a module's source that are regular expressions with a repetition."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.Constant, ast.JoinedStr)):
            with suppress(NameError, re.error, AttributeError):
                text = _evaluated(node, module)
                if isinstance(text, str) and re.search(r"[\])][*+{]|\.[*+]", text):
                    found.append(re.compile(text).pattern)
    return found


def patterns_in(value: object, depth: int = 6) -> Iterator[AnyPattern]:
    """The compiled expressions in a value: a container, or the fields of an instance or class of this package."""
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, Mapping):
        for each in (*value.keys(), *value.values()):
            yield from patterns_in(each, depth - 1)
    elif depth and isinstance(value, (list, tuple, set, frozenset)):
        for each in value:
            yield from patterns_in(each, depth - 1)
    elif depth and isinstance(value, type) and value.__module__.startswith("passo_lod"):
        yield from patterns_in(list(vars(value).values()), depth - 1)
    elif depth and is_dataclass(value) and not isinstance(value, type):
        yield from patterns_in([getattr(value, field.name) for field in fields(value)], depth - 1)


def _methods_by_name(trees: Iterable[ast.AST]) -> Mapping[str, set[str]]:
    """The methods that are called on a variable or attribute of each name, anywhere."""
    methods = defaultdict(set)
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in METHODS:
                for part in ast.walk(node.value):
                    methods[getattr(part, "id", getattr(part, "attr", ""))].add(node.attr)
    return methods


def _calls(tree: ast.AST, methods: Mapping[str, set[str]]) -> Iterator[tuple[ast.Call, Iterable[str]]]:
    """Calls such as `re.match(…)`, and the `re.compile(…)` of functions with what is called on their results."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {f"re.{method}" for method in METHODS}:
            yield node, [node.func.attr]  # type: ignore[attr-defined]
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            names = {
                id(each.value): ast.unparse(each.targets[0]) for each in ast.walk(node) if isinstance(each, ast.Assign)
            }
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "re.compile":
                    yield call, methods.get(names.get(id(call), node.name)) or METHODS


def _patterns_of(
    name: str, module: ModuleType, call: ast.Call, values: Mapping[str, Iterable[str | bytes]]
) -> Iterator[AnyPattern]:
    assert isinstance(call.func, ast.Attribute)
    flags = call.args[1:] if call.func.attr == "compile" else []
    flags += [each.value for each in call.keywords if each.arg == "flags"]
    flag = re.RegexFlag(sum(_evaluated(each, module) for each in flags))
    for pattern in _values_of(name, module, call.args[0], values):
        yield re.compile(pattern, flag)


def _values_of(
    name: str, module: ModuleType, expression: ast.expr, values: Mapping[str, Iterable[str | bytes]]
) -> Iterable[Any]:
    """What an expression stands for; a local name within a formatted text, such as an escaped code, stands for some text."""
    source = f"{name}: {ast.unparse(expression)}"
    if source in values:
        return values[source]
    try:
        return [_evaluated(expression, module)]
    except NameError:
        if not isinstance(expression, ast.JoinedStr):
            raise KeyError(source) from None
        local = [each.id for each in ast.walk(expression) if isinstance(each, ast.Name)]
        names = {each: "some-text" for each in local if each not in vars(module) and not hasattr(builtins, each)}
        return [_evaluated(expression, module, names)]


def _evaluated(expression: ast.expr, module: ModuleType, names: Mapping[str, str] | None = None) -> Any:
    return eval(compile(ast.Expression(expression), str(module.__file__), "eval"), vars(module), names or {})


# ----------------------------------------------------------------------------------------------------------- hostile texts

FOREIGN = "\x01"
_CATEGORIES = {
    parser.CATEGORY_DIGIT: "1",
    parser.CATEGORY_NOT_DIGIT: "a",
    parser.CATEGORY_SPACE: " ",
    parser.CATEGORY_NOT_SPACE: "a",
    parser.CATEGORY_WORD: "a",
    parser.CATEGORY_NOT_WORD: "-",
}
_ANYTHING = 'a1 -."\\/<é'


class HostileTexts:
    """Texts that a regular expression almost matches, each made of a piece that can be repeated any number of times.

    Args:
        pattern: the expression.
        seed: chooses among its alternatives and character classes.
    """

    def __init__(self, pattern: AnyPattern, seed: int = 0) -> None:
        source = pattern.pattern.decode("latin-1") if isinstance(pattern.pattern, bytes) else pattern.pattern
        self._tree = parser.parse(
            source, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags
        )
        self._random = random.Random(seed)
        self._repeated: list[str] = []

    def __iter__(self) -> Iterator[tuple[str, str, str]]:
        """Head, repeated piece and end of each text."""
        samples = dict.fromkeys(self._sample(self._tree) for _ in range(8))
        begun = dict.fromkeys(
            sample[: self._random.randint(1, len(sample))] for sample in samples for _ in range(3) if sample
        )
        bodies = [body for body in dict.fromkeys(self._repeated) if body]
        characters = self._characters()
        pieces = dict.fromkeys([*bodies[:12], *begun, *characters, *map("".join, product(characters[:7], repeat=2))])
        for piece in pieces:
            yield "", piece, ""
            yield "", piece, FOREIGN
        heads = [*islice(begun, 8)]
        for head, piece in product(heads, [*bodies[:8], *characters[:8]]):
            yield head, piece, FOREIGN
            yield head, piece, ""

    def _characters(self) -> list[str]:
        counts: dict[str, int] = {}
        for sample in (self._sample(self._tree) for _ in range(20)):
            for character in sample:
                counts[character] = counts.get(character, 0) + 1
        return sorted(counts, key=lambda each: -counts[each])[:14]

    def _sample(self, items: Iterable[Any]) -> str:
        """A text that the items match; look-arounds are left out of account."""
        return "".join(self._sample_of(*item) for item in items)

    def _sample_of(self, kind: Any, value: Any) -> str:
        if kind is parser.LITERAL:
            return chr(value)
        if kind in (parser.NOT_LITERAL, parser.ANY):
            return self._random.choice(_ANYTHING)
        if kind is parser.IN:
            return self._member(value)
        if kind is parser.BRANCH:
            return self._sample(self._random.choice(value[1]))
        if kind is parser.SUBPATTERN:
            return self._sample(value[3])
        if kind is parser.ATOMIC_GROUP:
            return self._sample(value)
        if kind in (parser.MAX_REPEAT, parser.MIN_REPEAT, parser.POSSESSIVE_REPEAT):
            least, most, body = value
            times = max(least, min(int(most), least + self._random.randint(0, 2)))
            parts = [self._sample(body) for _ in range(times)]
            if int(most) > 20:
                self._repeated += parts
            return "".join(parts)
        return ""

    def _member(self, choices: list[tuple[Any, Any]]) -> str:
        """A character of a class."""
        negated = choices[0][0] is parser.NEGATE
        members = {character for choice in choices for character in _members(*choice)}
        if negated:
            others = [each for each in _ANYTHING if each not in members and not _in_category(each, choices)]
            return self._random.choice(others or ["z"])
        return self._random.choice(sorted(members))


def _members(kind: Any, value: Any) -> Iterator[str]:
    if kind is parser.LITERAL:
        yield chr(value)
    elif kind is parser.RANGE:
        yield from (chr(value[0]), chr(value[1]))
    elif kind is parser.CATEGORY:
        yield _CATEGORIES[value]


def _in_category(character: str, choices: list[tuple[Any, Any]]) -> bool:
    tests = {
        parser.CATEGORY_DIGIT: r"\d",
        parser.CATEGORY_SPACE: r"\s",
        parser.CATEGORY_WORD: r"\w",
        parser.CATEGORY_NOT_DIGIT: r"\D",
        parser.CATEGORY_NOT_SPACE: r"\S",
        parser.CATEGORY_NOT_WORD: r"\W",
    }
    return any(
        (kind is parser.CATEGORY and re.match(tests[value], character))
        or (kind is parser.RANGE and value[0] <= ord(character) <= value[1])
        for kind, value in choices
    )
