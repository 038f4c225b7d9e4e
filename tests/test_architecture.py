"""The shape of the code: who may import what. Read from the source, so nothing has to be installed or run."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SERVICES = ("orchestrator", "evaluator", "emotion", "reporter")
EVERY_SERVICE_HAS = ("__init__", "__main__", "settings", "service", "metrics", "doctor")

# The modules and packages that speak gRPC and protobuf, by name: a new one has to be thought about.
SPEAK_GRPC = {
    "common": {"channel", "health", "health_probe", "interceptors", "server", "statuses"},
    "orchestrator": {
        "__main__",
        "clients",
        "messages",
        "replies",
        "service",
        "specification_message",
        "translate",
    },
    "evaluator": {"__main__", "service", "translate"},
    "emotion": {"__main__", "service"},
    "reporter": {"__main__", "service", "translate"},
}
GRPC = {"grpc", "grpc_health", "grpc_reflection", "grpc_status", "google", "interview"}

# Each heavy library has one importer: a module or a small package.
HEAVY = {
    "openai": "services.evaluator.openai_chat",
    "aiohttp": "services.evaluator.wire",
    "httpx2": "services.evaluator.wire",
    "rapidfuzz": "services.evaluator.words",
    "snowballstemmer": "services.evaluator.words",
    "deepface": "services.emotion.deepface_analyzer",
    "cv2": "services.emotion.opencv",
    "numpy": "services.emotion.opencv",
    "onnxruntime": "services.emotion.deepface_analyzer",
    "confluent_kafka": "services.reporter.kafka",
    "sqlite3": "services.orchestrator.sqlite_store",
    "asyncpg": "services.orchestrator.postgres_store",
    "structlog": "services.common.logs",
    "uvloop": "services.common.server",
}

# deepface stands on OpenCV, the openai client on what carries its requests, and so do their adapters.
ON_ANOTHER_ADAPTER = {"services.emotion.deepface_analyzer", "services.evaluator.openai_chat"}


def module_of(file: Path) -> str:
    """ "services.reporter.names" for services/reporter/names.py."""
    return ".".join(file.relative_to(ROOT).with_suffix("").parts)


@cache
def imports_of(file: Path) -> list[str]:
    """Every module that a file imports anywhere in it, by its whole name."""
    found: list[str] = []
    for node in ast.walk(ast.parse(file.read_text("utf-8"), str(file))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively: whole names are searched for and checked"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def files(*folders: str) -> list[Path]:
    """The Python files below these folders."""
    found = [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]
    assert found
    return [file for file in found if "node_modules" not in file.parts and ".venv" not in file.parts]


def is_in(name: str, package: str) -> bool:
    """Whether `name` is `package` or something in it."""
    return name == package or name.startswith(f"{package}.")


def importers_of(package: str) -> set[str]:
    """Our modules that import `package` or something of it."""
    return {
        module_of(file)
        for file in files("services", "clients/cli")
        if any(name.split(".")[0] == package for name in imports_of(file))
    }


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_reads_alike(service: str) -> None:
    """The same files in every service: who knows one needs no map of the next."""
    missing = [
        name for name in EVERY_SERVICE_HAS if not (ROOT / "services" / service / f"{name}.py").is_file()
    ]
    assert not missing


def test_every_folder_of_services_is_known_here() -> None:
    """A fifth service is added to this page, and with it to all rules."""
    folders = {f.name for f in (ROOT / "services").iterdir() if f.is_dir() and not f.name.startswith("__")}
    assert folders == {"common", *SERVICES}


@pytest.mark.parametrize("service", SERVICES)
def test_services_never_import_each_other(service: str) -> None:
    """A service knows itself and common; of the others it knows their protos only."""
    for file in files(f"services/{service}"):
        for name in imports_of(file):
            parts = name.split(".")
            assert parts[0] != "services" or parts[1] in (service, "common"), f"{file} imports {name}"


def test_common_imports_no_service() -> None:
    """What all share knows none of them."""
    for file in files("services/common"):
        for name in imports_of(file):
            assert not name.startswith(tuple(f"services.{service}" for service in SERVICES)), (
                f"{file}: {name}"
            )


@pytest.mark.parametrize("package", SPEAK_GRPC)
def test_only_the_named_modules_speak_grpc(package: str) -> None:
    """Everything else is domain: no gRPC, no protobuf, no generated code."""
    speaking = {
        file.relative_to(ROOT / "services" / package).parts[0].removesuffix(".py")
        for file in files(f"services/{package}")
        if any(name.split(".")[0] in GRPC for name in imports_of(file))
    }
    assert speaking <= SPEAK_GRPC[package], "say in this file why a further module speaks gRPC"


@pytest.mark.parametrize("library", HEAVY)
def test_a_heavy_library_has_one_importer(library: str) -> None:
    """One adapter knows it; whoever wants to replace it looks there and nowhere else."""
    outside = [name for name in importers_of(library) if not is_in(name, HEAVY[library])]
    assert not outside, f"{outside} import {library}"


def test_nothing_but_main_imports_adapters() -> None:
    """Real adapters are chosen in `__main__`: domain code that imports one could not be tested without it."""
    # services.evaluator.words is pure code over text: its libraries are small and touch nothing outside.
    adapters = {
        m for m in HEAVY.values() if not m.startswith(("services.common.", "services.evaluator.words"))
    }
    for file in files("services"):
        if file.stem != "__main__" and not any(is_in(module_of(file), one) for one in ON_ANOTHER_ADAPTER):
            others = {adapter for adapter in adapters if not is_in(module_of(file), adapter)}
            used = {adapter for adapter in others for name in imports_of(file) if is_in(name, adapter)}
            assert not used, f"{file} imports {used}"


def test_the_cli_knows_the_protos_only() -> None:
    """`speakalka` speaks to the orchestrator's RPC and imports nothing from services."""
    for file in files("clients/cli"):
        assert not [name for name in imports_of(file) if name.split(".")[0] == "services"], file


def test_the_code_does_not_import_its_tests() -> None:
    """What is shipped runs without the tests beside it."""
    for file in files("services", "clients/cli"):
        assert not [name for name in imports_of(file) if name.split(".")[0] == "tests"], file
