"""Parse YAML that a person wrote: a key that is there twice and brackets without end are faults."""

from typing import Any

from loaders.messages import one_line


class YamlFault(ValueError):
    """The text is not YAML that can be used; the message has no full stop."""


def parse_yaml(text: str) -> Any:
    """Return the content of a YAML text. Raises YamlFault."""
    import yaml

    class UniqueKeyLoader(yaml.SafeLoader):
        """Without it, the second of two equal keys would silently win."""

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
            keys = [self.construct_object(key, deep=True) for key, _ in node.value]
            if duplicates := [key for key in keys if keys.count(key) > 1]:
                raise yaml.constructor.ConstructorError(None, None, f"duplicate key {duplicates[0]!r}", node.start_mark)
            return super().construct_mapping(node, deep)

    try:
        return yaml.load(text, Loader=UniqueKeyLoader)
    except RecursionError:
        raise YamlFault("its brackets or lists are nested too deeply") from None
    except (yaml.YAMLError, TypeError, ValueError) as error:
        raise YamlFault(one_line(error)) from error
