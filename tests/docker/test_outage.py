"""Brokers that stop and come back, while interviews go on."""

from interview.v1 import core_pb2 as core

from tests.docker.interviews import interview
from tests.docker.system import BROKERS, READ, System


def test_brokers_stop_and_come_back(system: System) -> None:
    """One stopped: reports are delivered, and the doctor names it. All: the report is filed on the volume,
    log and doctor say so. Started: the file is gone, and the guide's command shows the record."""
    try:
        system.run("docker", "stop", "kafka3")
        assert interview(system).status == core.DELIVERY_STATUS_DELIVERED
        doctor = system.doctor("reporter", sick=True)
        assert "FAIL  broker kafka3:19094" in doctor
        assert "ok    broker kafka1:19092" in doctor
        system.run("docker", "stop", "kafka1", "kafka2")
        filed = interview(system, room_id="outage")
        assert (filed.status, filed.file_name) == (core.DELIVERY_STATUS_FILED, "interview_report_outage.json")
        assert system.waiting_files() == ["interview_report_outage.json"]
        said = [line for line in system.logs("speakalka-interview").splitlines() if filed.report_id in line]
        assert sum('"event":"report filed"' in line for line in said) == 1, said
        doctor = system.doctor("reporter", sick=True)
        assert all(f"FAIL  broker {name}:" in doctor for name in BROKERS)
    finally:
        system.run("docker", "start", *BROKERS)
        system.brokers_ready()
    system.sent()
    system.read_until(f"docker exec -it kafka1 {READ}", filed.report_id)
