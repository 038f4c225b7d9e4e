# What can be done here. `make help` lists it.
.DEFAULT_GOAL := help
.PHONY: help run serve kafka test lint proto lock clean .setup-run .setup-dev
MAKEFLAGS += --no-print-directory

KIND ?= technical
ARGS ?=

help: ## List every target
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

run: .setup-run ## Set up, start the four services, hold an example interview, stop (KIND=room for the other one)
	@.venv/bin/python -m scripts.launcher run examples/$(KIND).yaml

serve: .setup-run ## Set up, start the four services and keep them up until Ctrl-C
	@.venv/bin/python -m scripts.launcher serve

kafka: .setup-run ## Start three real Kafka brokers in the foreground (needs Java 17 and, the first time, Maven)
	@.venv/bin/python tests/kafka_cluster.py

test: .setup-dev ## Run all tests that this machine can run (ARGS="-k name" for some of them)
	@.venv/bin/pytest $(ARGS)

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

clean: ## Remove .venv, build/ and caches; data/ and reports/ stay
	rm -rf .venv build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.setup-run:
	@scripts/venv.sh run

.setup-dev:
	@scripts/venv.sh dev
