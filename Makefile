# What can be done here. `make help` lists it.
.DEFAULT_GOAL := help
.PHONY: help run serve doctor kafka test faults lint proto lock bench up down logs topic tail clean .setup-run .setup-dev
MAKEFLAGS += --no-print-directory

KIND ?= technical
ARGS ?=
LINES ?= answers answers_without_kafka emotion emotion_probes encoding evaluation filing interceptors open_interviews outage publish steps
KAFKA ?= yes

TOPIC = $(or $(KAFKA_TOPIC),$(shell sed -n 's/^KAFKA_TOPIC=//p' .env 2>/dev/null),step3)

# KAFKA=secure: brokers that ask who is there; KAFKA=no: none.
BROKERS := docker compose $(if $(wildcard .env),--env-file .env) -f deploy/kafka-secure/docker-compose.yml \
    $(if $(filter secure,$(KAFKA)),-f deploy/kafka-secure/secure.yml)
OVERLAY := $(patsubst secure,secure-kafka,$(patsubst no,no-kafka,$(filter no secure,$(KAFKA))))
STACK := docker compose $(if $(OVERLAY),-f docker-compose.yml -f deploy/compose.$(OVERLAY).yml)

help: ## List every target
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

run: .setup-run ## Set up, start the four services, hold an example interview, stop (KIND=room for the other one)
	@.venv/bin/python -m scripts.launcher run examples/$(KIND).yaml

serve: .setup-run ## Set up, start the four services and keep them up until Ctrl-C
	@.venv/bin/python -m scripts.launcher serve

doctor: ## Check all that the services need: in their containers if they run in Docker, else here (ARGS=--json)
	@STACK="$(STACK)" scripts/doctor.sh $(ARGS)

kafka: .setup-run ## Start three real Kafka brokers in the foreground (needs Java 17 and, the first time, Maven)
	@.venv/bin/python tests/kafka_cluster.py

test: .setup-dev ## Run all tests that this machine can run, two at a time (ARGS="-k name" for some of them)
	@.venv/bin/pytest -n 2 $(ARGS)

faults: .setup-dev ## Run the fault tests in their large size: kills, outages, crash points (takes long)
	@FAULTS=large .venv/bin/pytest tests/faults tests/unit/emotion/test_hostile_pictures.py tests/rpc/test_emotion_load.py $(ARGS)

lint: .setup-dev ## Check format, lint, types, protos and generated code
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@scripts/lint_proto.sh
	@scripts/check_proto.sh

proto: .setup-dev ## Generate the Python code beside the protos
	@scripts/proto.sh

lock: .setup-dev ## Write the hashed lock files of requirements/ anew
	@scripts/lock.sh

bench: .setup-dev ## Run the benchmarks (LINES="answers_without_kafka ..." for some); rows go to build/bench.jsonl
	@for line in $(LINES); do .venv/bin/python -m bench.$$line || exit 1; done

up: ## Start Kafka and the four services in Docker (KAFKA=no: without brokers, KAFKA=secure: with logins)
	$(if $(filter secure,$(KAFKA)),deploy/kafka-secure/secrets.sh)
	$(if $(filter no,$(KAFKA)),,$(BROKERS) up -d)
	$(STACK) up -d --build
	$(STACK) up -d --wait orchestrator evaluator reporter

down: ## Stop what `make up` started; volumes stay (KAFKA as for up, here and below)
	$(STACK) down
	$(if $(filter no,$(KAFKA)),,$(BROKERS) down)

logs: ## Follow the logs of the four services in Docker
	$(STACK) logs -f

topic: ## Create the topic in Docker if it is missing, and describe it
	$(BROKERS) run --rm topic
	$(BROKERS) exec -T kafka1 kafka-topics --bootstrap-server localhost:9092 --describe --topic $(TOPIC)

tail: ## Show the reports on the topic in Docker, and those to come, until Ctrl-C
	$(BROKERS) exec kafka1 kafka-console-consumer --bootstrap-server localhost:9092 --topic $(TOPIC) --from-beginning

clean: ## Remove .venv, build/ and caches; data/ and reports/ stay
	rm -rf .venv build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.setup-run:
	@scripts/venv.sh run

.setup-dev:
	@scripts/venv.sh dev
