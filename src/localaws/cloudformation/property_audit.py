"""No template property is skipped in silence.

MiniStack's handlers read the properties they know and never look at the others, so that a bucket's encryption or a
stream's key would be lost while the stack reports success. Every handler is therefore watched: a property that it did
not read fails the resource, unless `completed_types` sets it or `ignored_properties.yaml` says why it may be left out.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml
from ministack.services.cloudformation import provisioners

from localaws.cloudformation.completed_types import SETTERS, Setter

_IGNORED = Path(__file__).with_name("ignored_properties.yaml")
Handler = Callable[..., Any]


class WatchedProperties(dict[str, Any]):
    """A resource's properties that note which of them were looked at."""

    def __init__(self, properties: dict[str, Any]) -> None:
        super().__init__(properties)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.read.add(str(name))
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, default)

    def pop(self, name: str, *default: Any) -> Any:
        self.read.add(name)
        return super().pop(name, *default)

    def __iter__(self) -> Iterator[str]:
        # Whoever walks over all of them looks at each.
        self.read.update(super().keys())
        return super().__iter__()

    def keys(self) -> Any:
        self.read.update(super().keys())
        return super().keys()

    def items(self) -> Any:
        self.read.update(super().keys())
        return super().items()

    def copy(self) -> "WatchedProperties":
        self.read.update(super().keys())
        return WatchedProperties(self)


def audit_handlers() -> None:
    """Watch the handlers of every type that is registered so far, but CloudFormation's own."""
    ignored: dict[str, dict[str, str]] = yaml.safe_load(_IGNORED.read_text(encoding="utf-8"))
    for name, handlers in provisioners._RESOURCE_HANDLERS.items():
        if not name.startswith("AWS::CloudFormation::"):
            _watch(name, handlers, frozenset(ignored.get(name, {})))


def _watch(type_name: str, handlers: dict[str, Any], ignored: frozenset[str]) -> None:
    setters = SETTERS.get(type_name, {})
    create: Handler | None = handlers.get("create")
    update: Handler | None = handlers.get("update")

    if create is not None:

        def watched_create(logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:
            watched = WatchedProperties(properties)
            created = create(logical_id, watched, stack_name)
            try:
                _set_missing(setters, created[0], {}, properties)
                _require_read(type_name, set(properties) - watched.read - ignored - setters.keys(), "create")
            except Exception:
                # Not yet part of the stack, so the roll-back would not find it.
                handlers["delete"](created[0], properties)
                raise
            return created

        handlers["create"] = watched_create

    if update is not None:

        def watched_update(
            physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str, *logical_id: str
        ) -> Any:
            watched = WatchedProperties(new)
            updated = update(physical_id, WatchedProperties(old), watched, stack_name, *logical_id)
            changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
            _require_read(type_name, changed - watched.read - ignored - setters.keys(), "update")
            _set_missing(setters, updated[0], old, new)
            return updated

        handlers["update"] = watched_update


def _set_missing(setters: dict[str, Setter], physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    for name, set_property in setters.items():
        if old.get(name) != new.get(name):
            set_property(physical_id, new.get(name))


def _require_read(type_name: str, unread: set[str], operation: str) -> None:
    if unread:
        raise ValueError(
            f"embedded AWS cannot {operation} the {'property' if len(unread) == 1 else 'properties'} "
            f"{', '.join(sorted(unread))} of {type_name}: it would be lost in silence"
        )
