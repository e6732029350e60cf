"""Measure the structure of the source: size, length of functions, long modules, repeated names, import circles.

    python -m benchmarks.structure [FOLDER …]

Each FOLDER is a checkout; without one, this checkout is measured. Two folders are measured side by side, such as two versions.
"""

import ast
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median, quantiles

PACKAGE = "passo_lod"
LONG_MODULE = 350
"""Lines; a longer module is listed."""


@dataclass(frozen=True)
class Structure:
    """The parsed modules of a checkout, by dotted name."""

    modules: Mapping[str, tuple[str, ast.Module]]

    @classmethod
    def of(cls, checkout: Path) -> "Structure":
        """Parse all modules below `src/passo_lod` of a checkout."""
        source = checkout / "src"
        return cls(
            {
                _dotted_name(path.relative_to(source)): (text, ast.parse(text))
                for path in sorted((source / PACKAGE).rglob("*.py"))
                for text in [path.read_text(encoding="utf-8")]
            }
        )

    @cached_property
    def lines(self) -> Mapping[str, int]:
        """The number of lines of each module."""
        return {name: text.count("\n") for name, (text, _) in self.modules.items()}

    @cached_property
    def functions(self) -> Mapping[str, int]:
        """The number of lines of each function, by module and name."""
        return {
            f"{name}:{node.name}:{node.lineno}": (node.end_lineno or node.lineno) - node.lineno + 1
            for name, (_, tree) in self.modules.items()
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }

    @cached_property
    def repeated_modules(self) -> list[str]:
        """The names that more than one module has, whatever its package."""
        names = (name.rpartition(".")[2] for name in self.modules if not self.is_package(name))
        return _repeated(name for name in names if not name.startswith("__"))

    @cached_property
    def repeated_classes(self) -> list[str]:
        """The names that more than one public class has."""
        return _repeated(
            node.name
            for _, tree in self.modules.values()
            for node in tree.body
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        )

    @cached_property
    def imports(self) -> Mapping[str, set[str]]:
        """The modules that each module imports, also for types only and inside functions."""
        return {name: set(self._imports_of(tree)) - {name} for name, (_, tree) in self.modules.items()}

    @cached_property
    def circles(self) -> list[list[str]]:
        """The groups of modules that import each other, directly or through others."""
        return [sorted(group) for group in _strongly_connected(self.imports) if len(group) > 1]

    def is_package(self, name: str) -> bool:
        """Whether a module is the `__init__` of a package."""
        return any(other.startswith(f"{name}.") for other in self.modules)

    def _imports_of(self, tree: ast.Module) -> Iterator[str]:
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(PACKAGE):
                for alias in node.names:
                    full = f"{node.module}.{alias.name}"
                    yield full if full in self.modules else node.module
            elif isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names if alias.name in self.modules)


def _dotted_name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _repeated(names: Iterable[str]) -> list[str]:
    return sorted(name for name, times in Counter(names).items() if times > 1)


def _strongly_connected(graph: Mapping[str, set[str]]) -> list[set[str]]:
    """The strongly connected components of a graph: nodes that reach each other."""
    reached = {node: _reachable(graph, node) for node in graph}
    groups: list[set[str]] = []
    grouped: set[str] = set()
    for node in graph:
        if node not in grouped:
            group = {other for other in reached[node] if node in reached.get(other, ())} | {node}
            groups.append(group)
            grouped |= group
    return groups


def _reachable(graph: Mapping[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    pending = list(graph[start])
    while pending:
        node = pending.pop()
        if node not in found:
            found.add(node)
            pending += graph.get(node, ())
    return found


def report(structure: Structure) -> Iterator[tuple[str, str]]:
    """The figures of a checkout, each with its name."""
    lengths = list(structure.functions.values())
    longest = sorted(structure.functions.items(), key=lambda item: -item[1])[:10]
    long_modules = sorted((lines, name) for name, lines in structure.lines.items() if lines > LONG_MODULE)
    yield "modules", f"{len(structure.modules)}"
    yield "lines", f"{sum(structure.lines.values()):,}"
    yield "functions", f"{len(lengths):,}"
    yield "lines of a function, median", f"{median(lengths):g}"
    yield "lines of a function, 95th percentile", f"{quantiles(lengths, n=20)[-1]:g}"
    yield "longest functions", ", ".join(f"{name.split(':')[1]} {lines}" for name, lines in longest)
    yield f"modules over {LONG_MODULE} lines", str(len(long_modules))
    yield "the longest of them", ", ".join(f"{name} {lines}" for lines, name in reversed(long_modules[-5:]))
    yield "repeated module names", f"{len(structure.repeated_modules)} {' '.join(structure.repeated_modules)}"
    yield "repeated public class names", f"{len(structure.repeated_classes)} {' '.join(structure.repeated_classes)}"
    yield "import circles", f"{len(structure.circles)}"
    yield "modules in import circles", str(sum(map(len, structure.circles)))


def main() -> None:
    """Print the figures of each checkout."""
    for folder in map(Path, sys.argv[1:] or [str(Path(__file__).resolve().parents[1])]):
        structure = Structure.of(folder)
        print(folder.name)
        for name, figure in report(structure):
            print(f"  {name + ':':<40} {figure}")
        for circle in structure.circles:
            print(f"  circle: {' '.join(circle)}")


if __name__ == "__main__":
    main()
