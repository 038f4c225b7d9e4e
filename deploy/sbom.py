"""Writes what an image is made of, as CycloneDX 1.6: packages of Python and of Debian. Run while it is built.

    python sbom.py speakalka-reporter 0.1.0 > sbom.cdx.json

The same content gives the same bytes. Needs the standard library only.
"""

import json
import platform
import sys
import sysconfig
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote

DPKG_STATUS = Path("/var/lib/dpkg/status")
# Longer ones are whole texts.
_LONGEST_LICENSE_NAME = 80


def sbom(name: str, version: str) -> dict[str, Any]:
    """The whole document for the image `name`."""
    parts = [_python(), *python_packages(), *debian_packages(DPKG_STATUS.read_text("utf-8"))]
    parts.sort(key=lambda part: str(part["purl"]))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "container", "bom-ref": name, "name": name, "version": version}},
        "components": parts,
    }


def python_packages() -> Iterator[dict[str, Any]]:
    """What this interpreter can import, and what the base image's own has."""
    own = sysconfig.get_path("purelib")
    base = sysconfig.get_path("purelib", vars={"base": sys.base_prefix})
    seen = set()
    for package in metadata.distributions(path=[own, base]):
        name = package.metadata["Name"].lower().replace("_", "-").replace(".", "-")
        if (name, package.version) not in seen:
            seen.add((name, package.version))
            yield _part("library", name, package.version, f"pkg:pypi/{name}@{package.version}") | _licenses(
                package
            )


def debian_packages(status: str) -> Iterator[dict[str, Any]]:
    """The packages that dpkg's `status` calls installed."""
    for paragraph in status.split("\n\n"):
        fields = dict(
            line.split(": ", 1) for line in paragraph.splitlines() if ": " in line and line[0] != " "
        )
        if fields.get("Status", "").endswith(" installed"):
            name, version = fields["Package"], fields["Version"]
            purl = f"pkg:deb/debian/{quote(name)}@{quote(version)}?arch={fields['Architecture']}"
            yield _part("library", name, version, purl)


def _python() -> dict[str, Any]:
    version = platform.python_version()
    return _part("application", "python", version, f"pkg:generic/python@{version}")


def _part(kind: str, name: str, version: str, purl: str) -> dict[str, Any]:
    return {"type": kind, "bom-ref": purl, "name": name, "version": version, "purl": purl}


def _licenses(package: metadata.Distribution) -> dict[str, Any]:
    """As the package says it: an SPDX expression, or, if that is all there is, a short name."""
    said = package.metadata
    if "License-Expression" in said:
        return {"licenses": [{"expression": said["License-Expression"]}]}
    (name, *_) = said.get_all("License") or [""]
    if name and "\n" not in name and len(name) <= _LONGEST_LICENSE_NAME:
        return {"licenses": [{"license": {"name": name}}]}
    return {}


if __name__ == "__main__":
    json.dump(sbom(*sys.argv[1:3]), sys.stdout, indent=1, ensure_ascii=False)
