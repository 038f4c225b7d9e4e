"""The compose file of the brokers keeps the promises that can be read off it, without an engine."""

import pytest

from services.reporter.settings import ReporterSettings
from services.reporter.topic import Topic
from tests.deploy_files import KAFKA, KAFKA_FOLDER

BROKERS = {"kafka1": 19092, "kafka2": 19093, "kafka3": 19094}

every_broker = pytest.mark.parametrize("name", BROKERS)


@every_broker
def test_brokers_tell_each_client_an_address_it_can_reach(name: str) -> None:
    """The network's clients and shells inside get names of the network, this machine's get localhost."""
    settings = KAFKA["services"][name]["environment"]
    told = dict(item.split("://") for item in settings["KAFKA_ADVERTISED_LISTENERS"].split(","))
    bound = dict(item.split("://") for item in settings["KAFKA_LISTENERS"].split(","))
    host_port = 9092 + list(BROKERS).index(name)
    assert told["INTERNAL"] == f"{name}:{BROKERS[name]}"
    assert bound["INTERNAL"] == f":{BROKERS[name]}"
    assert (bound["INSIDE"], told["INSIDE"]) == (":9092", f"{name}:9092")
    assert told["HOST"] == f"localhost:{host_port}"
    assert KAFKA["services"][name]["ports"] == [f"127.0.0.1:{host_port}{bound['HOST']}"]
    assert settings["KAFKA_NODE_ID"] == host_port - 9091


def test_the_reporter_looks_for_the_brokers_that_are_there() -> None:
    """The default of KAFKA_BOOTSTRAP_SERVERS is this cluster."""
    default = ReporterSettings.model_fields["kafka_bootstrap_servers"].default
    assert default == ",".join(f"{name}:{port}" for name, port in BROKERS.items())
    assert f"--bootstrap-server={default}" in KAFKA["services"]["topic"]["command"]


def test_the_topic_is_made_as_the_reporter_wants_it() -> None:
    """What the reporter would make and compares: partitions, replication, and each setting."""
    name, partitions, replication_factor = (
        ReporterSettings.model_fields[field].default
        for field in ("kafka_topic", "kafka_topic_partitions", "kafka_topic_replication_factor")
    )
    topic = Topic(name, partitions, replication_factor)
    assert {
        f"--topic={topic.name}",
        f"--partitions={topic.partitions}",
        f"--replication-factor={topic.replication_factor}",
        *(f"--config={setting}={value}" for setting, value in topic.config.items()),
    } <= set(KAFKA["services"]["topic"]["command"])


@every_broker
def test_a_topic_made_by_hand_takes_the_largest_report(name: str) -> None:
    """The guide's command gives no settings, and none are needed."""
    settings = KAFKA["services"][name]["environment"]
    topic = Topic("step3", settings["KAFKA_NUM_PARTITIONS"], settings["KAFKA_DEFAULT_REPLICATION_FACTOR"])
    assert {
        "min.insync.replicas": str(settings["KAFKA_MIN_INSYNC_REPLICAS"]),
        "max.message.bytes": str(settings["KAFKA_MESSAGE_MAX_BYTES"]),
    } == topic.config


@every_broker
def test_an_acknowledged_record_stands_on_two_brokers(name: str) -> None:
    """Every node, which is a controller too, has the settings that make acks=all mean something."""
    settings = KAFKA["services"][name]["environment"]
    assert settings["KAFKA_PROCESS_ROLES"] == "broker,controller"
    assert settings["KAFKA_MIN_INSYNC_REPLICAS"] == 2
    assert settings["KAFKA_DEFAULT_REPLICATION_FACTOR"] == 3
    assert settings["KAFKA_UNCLEAN_LEADER_ELECTION_ENABLE"] == "false"
    assert settings["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert settings["KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR"] == 3
    assert settings["KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR"] == 3
    assert settings["KAFKA_TRANSACTION_STATE_LOG_MIN_ISR"] == 2
    assert KAFKA["services"][name]["volumes"] == [f"{name}:{settings['KAFKA_LOG_DIRS']}"]
    assert name in KAFKA["volumes"]


@every_broker
def test_the_guides_commands_are_on_path(name: str) -> None:
    """kafka-topics and kafka-console-consumer work in a container as they are written there."""
    targets = {config["target"]: config["source"] for config in KAFKA["services"][name]["configs"]}
    assert targets["/usr/local/bin/kafka-topics"] == "tool"
    assert targets["/usr/local/bin/kafka-console-consumer"] == "tool"
    assert targets["/usr/local/bin/kafka-health"] == "health"


@pytest.mark.parametrize("name", KAFKA["configs"])
def test_mounted_scripts_can_be_run(name: str) -> None:
    """A mounted file keeps its mode: anyone may run it."""
    script = KAFKA_FOLDER / KAFKA["configs"][name]["file"]
    assert script.stat().st_mode & 0o555 == 0o555


def test_the_ui_asks_who_is_there() -> None:
    """A login form; this very value, others switch the login off."""
    settings = KAFKA["services"]["kafka-ui"]["environment"]
    assert settings["AUTH_TYPE"] == "LOGIN_FORM"
    assert (settings["SPRING_SECURITY_USER_NAME"], settings["SPRING_SECURITY_USER_PASSWORD"]) == (
        "admin",
        "admin",
    )
