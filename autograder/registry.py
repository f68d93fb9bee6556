"""The plugins at work: what is shipped, what other packages bring, and what an assignment's own plugin.py adds."""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pluggy

from autograder import hookspecs
from autograder.errors import AssignmentError, PluginError
from autograder.spelling import did_you_mean
from autograder.variant import in_words, with_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import ModuleType

    from autograder.assignment import Value
    from autograder.conversation import Check
    from autograder.dataset import Dataset
    from autograder.metric import Metric

SHIPPED = (
    "reference.registration",
    "plugins.checks",
    "plugins.conventions",
    "plugins.metrics",
    "plugins.readers.notebook",
    "plugins.readers.script",
    "plugins.exports.feedback_page",
    "plugins.exports.grades_csv",
)
NOTHING: Mapping[str, Value] = MappingProxyType({})
HOME = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Registry:
    """Named things from all plugins, and the hooks to be called."""

    manager: pluggy.PluginManager
    origins: Mapping[str, str] = field(default_factory=dict)

    @property
    def hook(self) -> Any:
        """The hooks, to be called by name."""
        return self.manager.hook

    @cached_property
    def checks(self) -> dict[str, Check]:
        """Checks by name."""
        return _merged(self.hook.register_checks())

    @cached_property
    def references(self) -> dict[str, Callable[..., Any]]:
        """Reference implementations by name."""
        return _merged(self.hook.register_references())

    @cached_property
    def samplers(self) -> dict[str, Callable[..., Any]]:
        """Samplers of inputs by name."""
        return _merged(self.hook.register_samplers())

    @cached_property
    def conventions(self) -> dict[str, Callable[[Any], Any]]:
        """Conventions by name."""
        return _merged(self.hook.register_conventions())

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """Metrics by name."""
        return _merged(self.hook.register_metrics())

    @cached_property
    def datasets(self) -> dict[str, Dataset]:
        """Data sets by name."""
        return _merged(self.hook.register_datasets())

    def named(self, kind: str, name: str, where: str) -> Any:
        """Return a registered thing; AssignmentError with near misses if no plugin registers it."""
        known = getattr(self, kind)
        if name not in known:
            raise AssignmentError(f"{where}: no plugin registers {name!r} among the {kind}{did_you_mean(name, known)}")
        return known[name]


def _merged(tables: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Merge what the plugins answered; pluggy answers last-registered first, and the last registered wins."""
    return {name: thing for table in reversed(tables) for name, thing in table.items()}


def build_registry(folder: Path | None = None, variant: Mapping[str, Value] = NOTHING) -> Registry:
    """Return a registry of the shipped and installed plugins, and of the `plugin.py` in an assignment's folder.

    Constants of that plugin.py which a `variant` names get the variant's values.
    """
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    origins: dict[str, str] = {}
    for name in SHIPPED:
        module = _shipped(name)
        manager.register(module, name)
        origins[name] = "shipped"
    manager.load_setuptools_entrypoints(hookspecs.PROJECT)
    for plugin, distribution in manager.list_plugin_distinfo():
        origins[manager.get_name(plugin) or repr(plugin)] = f"{distribution.project_name} {distribution.version}"
    if folder is not None and (folder / "plugin.py").exists():
        manager.register(load_module(folder / "plugin.py", variant), f"{folder.name}/plugin.py")
        origins[f"{folder.name}/plugin.py"] = "assignment"
    _refuse_misspelt(manager)
    return Registry(manager, origins)


def _shipped(name: str) -> ModuleType:
    """Import a shipped plugin, and make sure that a stranger's package of the same name has not taken its place."""
    module = importlib.import_module(name)
    if not Path(module.__file__ or "/").resolve().is_relative_to(HOME):
        raise PluginError(
            f"{name} was found at {module.__file__}, which is not Gradmark's: another package of that name hides it. "
            "Install Gradmark into an environment of its own."
        )
    return module


def _refuse_misspelt(manager: pluggy.PluginManager) -> None:
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        known = [name for name in dir(hookspecs) if hasattr(getattr(hookspecs, name), "gradmark_spec")]
        wrong = next((name for name in vars(error.plugin) if name in str(error)), "")
        raise PluginError(f"a plugin offers a hook that does not exist: {error}{did_you_mean(wrong, known)}") from error


def load_module(path: Path, variant: Mapping[str, Value] = NOTHING) -> ModuleType:
    """Import a file of an assignment's folder under a name of its own; AssignmentError if it cannot be imported.

    Each variant of it is a module apart, in which the constants that the variant names have its values.
    """
    name = f"gradmark_assignment_{path.parent.name}_{path.stem}".replace("-", "_")
    if variant:
        name += f"_{hashlib.sha256(in_words(variant).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or not path.exists():
        raise AssignmentError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    with given_importable(path.parent):
        try:
            tree = with_values(ast.parse(path.read_bytes()), variant)
            exec(compile(tree, str(path), "exec", dont_inherit=True), vars(module))  # noqa: S102  (the assignment's own)
        except Exception as error:
            raise AssignmentError(f"{path} cannot be imported: {type(error).__name__}: {error}") from error
    return module


@contextmanager
def given_importable(folder: Path) -> Iterator[None]:
    """Let a file of an assignment import from its own `given`, which every assignment may have."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name == "given" or name.startswith("given.")]:
            del sys.modules[name]
