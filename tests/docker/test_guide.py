"""The first system's guide, command by command, in its order: each works here and prints what it should."""

from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb

from tests.docker.interviews import interview, orchestrator, receipt
from tests.docker.system import BROKERS, READ, SPEAKALKA, System
from tests.e2e.holding import BAD, GOOD, repeated, specification, submit

TOPICS = "kafka-topics --bootstrap-server localhost:9092"
CREATE = f"{TOPICS} --create --topic step3 --partitions 3 --replication-factor 3"


def test_kafka_runs(system: System) -> None:
    """`docker ps | grep kafka` shows three healthy brokers, and `docker logs` of each shows its log."""
    shown = system.type("docker ps | grep kafka").splitlines()
    assert [
        name for name in BROKERS if any("(healthy)" in line and line.endswith(name) for line in shown)
    ] == list(BROKERS), shown
    for name in BROKERS:
        assert "Kafka Server started" in system.type(f"docker logs {name}")


def test_the_topic_is_created_and_listed(system: System) -> None:
    """Without the topic the doctor says so. The guide's commands, typed inside kafka1, create and list it,
    and it is as the reporter wants it."""
    system.type(f"docker exec kafka1 {TOPICS} --delete --topic step3")
    assert "FAIL  topic step3" in system.doctor("reporter", sick=True)
    assert "Created topic step3." in system.type(f"docker exec -it kafka1 {CREATE}")
    assert "step3" in system.type(f"docker exec -it kafka1 bash -ic '{TOPICS} --list'").split()
    assert "FAIL" not in system.doctor("reporter")


def test_the_network_is_there(system: System) -> None:
    """`docker network ls | grep kafka` shows kafka-secure_default."""
    assert " kafka-secure_default " in system.type("docker network ls | grep kafka")


def test_the_guides_test_script_passes(system: System) -> None:
    """With its two variables exported, test_kafka_integration.py sends a report and reads it."""
    exported = f'export KAFKA_BOOTSTRAP_SERVERS="{system.kafka_from_here}" KAFKA_TOPIC="step3"'
    assert "OK: the report is on the topic" in system.type(
        f"{exported}; python3 tests/test_kafka_integration.py"
    )


def test_the_example_interview_reaches_the_topic(system: System) -> None:
    """`speakalka interview` holds the example, and the guide's command shows its record."""
    assert "Running" in system.type("docker compose up -d")
    shown = system.run(SPEAKALKA, "interview", "examples/technical.yaml", "--address", system.address)
    assert "is delivered to Kafka: topic step3" in shown
    read = system.read_until(f"docker exec -it kafka1 {READ}", '"candidate_name":"Анна Ковалёва"')
    assert '"source":"interview_system","topic":"step3"' in read


def test_the_log_has_a_line_per_interview_and_report(system: System) -> None:
    """`docker logs speakalka-interview` says which interview began and ended, and where its report went."""
    delivery = interview(system)
    said = [
        line
        for line in system.type("docker logs speakalka-interview").splitlines()
        if delivery.report_id[:-2] in line
    ]
    for event in ("interview started", "interview completed", "report delivered"):
        assert sum(f'"event":"{event}"' in line for line in said) == 1, said


def test_the_ui_has_its_login(system: System) -> None:
    """It is published on this machine only. Its image cannot be pulled: the login is read off the file."""
    settings = system.kafka_compose("config")
    assert "AUTH_TYPE: LOGIN_FORM" in settings
    assert "SPRING_SECURITY_USER_PASSWORD: admin" in settings
    assert "127.0.0.1" in system.run("docker", "port", "kafka-ui", "8080")


def test_kafka_is_reached_from_the_reporter(system: System) -> None:
    """In place of the guide's ping: the doctor names each broker and port that the reporter reaches."""
    said = system.type("docker exec -it speakalka-reporter-1 python -m services.reporter doctor")
    for address in ("kafka1:19092", "kafka2:19093", "kafka3:19094"):
        assert f"ok    broker {address}" in said


def test_the_network_made_anew_loses_nothing(system: System) -> None:
    """A report waits in a file and an interview is open. The guide's way to make the network anew takes down
    brokers and services; up again, the interview goes on and the file is sent."""
    with orchestrator(system) as stub:
        wanted = pb.StartInterviewRequest(specification=specification())
        started = repeated(lambda: stub.StartInterview(wanted, timeout=5))
        question = submit(stub, started.interview_id, started.first_question.question_id, GOOD).next_question
    system.run("docker", "stop", *BROKERS)
    filed = interview(system, room_id="anew")
    assert (filed.status, filed.file_name) == (core.DELIVERY_STATUS_FILED, "interview_report_anew.json")
    system.compose("down")
    system.run("bash", "-c", "cd deploy/kafka-secure && docker compose down")
    assert "kafka-secure_default" not in system.run("docker", "network", "ls")
    system.run("bash", "-c", "cd deploy/kafka-secure && docker compose up -d")
    system.compose("up", "-d")
    system.ready("orchestrator", "evaluator", "reporter")
    with orchestrator(system) as stub:
        reply = submit(stub, started.interview_id, question.question_id, GOOD)
        reply = submit(stub, started.interview_id, reply.next_question.question_id, BAD)
        assert receipt(stub, reply.delivery.report_id).status == core.DELIVERY_STATUS_DELIVERED
    system.sent()
    for report_id in (filed.report_id, reply.delivery.report_id):
        system.read_until(f"docker exec -it kafka1 {READ}", report_id)
