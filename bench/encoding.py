"""How much CPU makes a report's message the bytes of its record? 30 answers, against MessageToDict and json.

`python -m bench.encoding`: both sides start with the same message and end with UTF-8 JSON. Ours also checks
every field and puts the keys in the promised order; a second row begins with the checked report.
"""

import json
import time
from collections.abc import Callable

from google.protobuf.json_format import MessageToDict
from interview.v1.reporter_service_pb2 import PublishReportRequest

from bench.reports import message
from bench.rows import tell_rounds
from services.reporter.encoding import encode
from services.reporter.translate import report_in

ROUNDS = 15
EACH = 40
ANSWERS = 30


def main() -> None:
    """Measures and prints two rows."""
    request = PublishReportRequest(report=message(ANSWERS))
    report = report_in(request)
    rounds = [
        (
            _cpu_ms(lambda: encode(report_in(request), "step3")),
            _cpu_ms(lambda: encode(report, "step3")),
            _cpu_ms(lambda: json.dumps(MessageToDict(request.report), ensure_ascii=False).encode()),
        )
        for _ in range(ROUNDS)
    ]
    whole, encoded, rival = zip(*rounds, strict=True)
    tell_rounds("11 message checked and encoded, 30 answers", whole, rival, "ms CPU", at_most=0.25)
    tell_rounds("11 checked report encoded, 30 answers", encoded, rival, "ms CPU", at_most=0.25)


def _cpu_ms(work: Callable[[], object]) -> float:
    begun = time.process_time()
    for _ in range(EACH):
        work()
    return (time.process_time() - begun) / EACH * 1000


if __name__ == "__main__":
    main()
