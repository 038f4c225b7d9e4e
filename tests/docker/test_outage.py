"""Brokers that stop and come back, while interviews go on."""

from interview.v1 import core_pb2 as core

from tests.docker.interviews import interview
from tests.docker.system import BROKERS, READ, System


def test_one_broker_less_is_no_outage(system: System) -> None:
    """With kafka3 stopped reports are delivered, and the doctor names the broker that is missing."""
    system.run("docker", "stop", "kafka3")
    try:
        assert interview(system).status == core.DELIVERY_STATUS_DELIVERED
        said = system.doctor("reporter", sick=True)
        assert "FAIL  broker kafka3:19094" in said
        assert "ok    broker kafka1:19092" in said
    finally:
        system.run("docker", "start", "kafka3")
        system.brokers_ready()


def test_without_brokers_reports_wait_in_files(system: System) -> None:
    """All brokers stopped: the report is filed on the volume, log and doctor say so. Started: the file is
    gone, and the guide's command shows the record."""
    system.run("docker", "stop", *BROKERS)
    try:
        filed = interview(system, room_id="outage")
        assert (filed.status, filed.file_name) == (core.DELIVERY_STATUS_FILED, "interview_report_outage.json")
        assert system.waiting_files() == ["interview_report_outage.json"]
        said = [line for line in system.logs("speakalka-interview").splitlines() if filed.report_id in line]
        assert sum('"event":"report filed"' in line for line in said) == 1, said
        doctor = system.doctor("reporter", sick=True)
        for address in ("kafka1:19092", "kafka2:19093", "kafka3:19094"):
            assert f"FAIL  broker {address}" in doctor
    finally:
        system.run("docker", "start", *BROKERS)
    system.brokers_ready()
    system.sent()
    system.read_until(f"docker exec -it kafka1 {READ}", filed.report_id)
