"""Variables that look like settings of a service and are none: left alone, a misspelt one has no effect."""

import re
from collections.abc import Mapping
from difflib import get_close_matches

from services.common import logs
from services.common.settings import Settings
from services.common.value_files import file_variable

# What Kubernetes and Docker put into a container for each service they know, by that service's name.
_INJECTED = re.compile(r".*_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)")

log = logs.get_logger()


def strays(settings: type[Settings], environment: Mapping[str, str]) -> dict[str, str]:
    """Each variable with the prefix of `settings` that is none of them, and the nearest that is, or ""."""
    prefix = settings.model_config.get("env_prefix", "")
    variables = [settings.variable(name) for name in settings.model_fields]
    known = {*variables, *map(file_variable, variables), *settings.read_by_others}
    given = {name.upper() for name, value in environment.items() if value and not _injected(name, value)}
    strange = sorted(name for name in given - known if name.startswith(prefix))
    return {name: _nearest(name, known, prefix) for name in strange}


def warn_of_strays(settings: type[Settings], environment: Mapping[str, str]) -> None:
    """A line of the log for each."""
    for variable, nearest in strays(settings, environment).items():
        meant = {"did_you_mean": nearest} if nearest else {}
        log.warning("no such setting", variable=variable, **meant)


def _injected(name: str, value: str) -> bool:
    """Their NAME_PORT is a URL; ours are numbers."""
    return bool(_INJECTED.fullmatch(name)) or (name.endswith("_PORT") and "://" in value)


def _nearest(name: str, known: set[str], prefix: str) -> str:
    """Compared without the prefix, in which all are alike."""
    bare = {variable.removeprefix(prefix): variable for variable in sorted(known)}
    return next((bare[near] for near in get_close_matches(name.removeprefix(prefix), bare, n=1)), "")
