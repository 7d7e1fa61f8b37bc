# Every verb sets up what it needs: git, make and Python 3.12 are enough.
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SPARK_VENV := .venv-spark
SPARK_STAMP := $(SPARK_VENV)/.installed
PEERS_VENV := .venv-peers
PEERS_STAMP := $(PEERS_VENV)/.installed

COMMENTS ?=
REPORT ?=
ARGS ?=
WORKERS ?= 2
DEMO_ARGS = $(if $(COMMENTS),--comments "$(COMMENTS)") $(if $(REPORT),--json "$(REPORT)") $(ARGS)

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: install
install: $(STAMP) ## Make .venv with every pinned dependency

$(STAMP): requirements/dev.txt requirements/uv.txt pyproject.toml scripts/install
	@scripts/install $(VENV)
	@touch $@

.PHONY: demo
demo: $(STAMP) ## Run the whole pipeline on a local Kafka (COMMENTS=FILE, REPORT=FILE.json, ARGS='--rate 50')
	@exec $(BIN)/modstream demo $(DEMO_ARGS)

.PHONY: chaos
chaos: $(STAMP) ## Kill, pause and replace parts under load (REPORT=FILE.json, ARGS='--kills 50 --seed 7')
	@exec $(BIN)/modstream chaos $(if $(REPORT),--json "$(REPORT)") $(ARGS)

.PHONY: test
test: $(STAMP) ## Run every test, two at a time (ARGS='-k verify', WORKERS=0 for one)
	@exec $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

.PHONY: test-containers
test-containers: $(STAMP) ## Run the container tests, and the integration tests on apache/kafka in a container (needs Docker; ARGS='-k test_stack')
	@exec $(BIN)/python -m pytest --containers tests/containers tests/integration $(ARGS)

.PHONY: bench
bench: $(STAMP) $(PEERS_STAMP) ## Measure the pipeline beside its peers; an hour (REPORT=bench.json, ARGS='--rounds 1 --mix seen')
	@exec $(BIN)/python -m benchmarks.throughput --json "$(or $(REPORT),bench.json)" $(ARGS)

.PHONY: bench-latency
bench-latency: $(STAMP) $(PEERS_STAMP) ## Measure how long outputs take at fixed loads; 40 minutes (REPORT=FILE.json, ARGS='--rates 500')
	@exec $(BIN)/python -m benchmarks.latency $(if $(REPORT),--json "$(REPORT)") $(ARGS)

.PHONY: bench-quick
bench-quick: $(STAMP) $(PEERS_STAMP) ## Tell in two minutes whether ours got slower by a third or a half; status 1 if so (ARGS='--rounds 3' or '--update')
	@exec $(BIN)/python -m benchmarks.quick $(if $(REPORT),--json "$(REPORT)") $(ARGS)

.PHONY: bench-scaling
bench-scaling: $(STAMP) $(PEERS_STAMP) ## Measure how cost grows; half an hour (REPORT=FILE.json, ARGS='--only partitions' or '--soak 10')
	@exec $(BIN)/python -m benchmarks.scaling $(if $(REPORT),--json "$(REPORT)") $(ARGS)

$(PEERS_STAMP): requirements/peers.txt requirements/uv.txt pyproject.toml scripts/install
	@scripts/install $(PEERS_VENV) requirements/peers.txt
	@touch $@

.PHONY: bench-model
bench-model: $(STAMP) ## Measure how fast the model scores, beside scikit-learn and spaCy
	@exec $(BIN)/python -m benchmarks.model $(ARGS)

.PHONY: bench-windows
bench-windows: $(STAMP) ## Measure what windows cost (ARGS='--pairs 10,5000')
	@exec $(BIN)/python -m benchmarks.windows $(ARGS)

.PHONY: windows-matrix
windows-matrix: $(STAMP) ## Replay the same comments in 18 ways and compare the windows (ARGS='--comments 10000')
	@exec $(BIN)/python -m tests.windows_matrix $(ARGS)

.PHONY: test-spark
test-spark: $(SPARK_STAMP) ## Run the tests of 'modstream score' with Spark, which is 500 MB, in .venv-spark
	@exec $(SPARK_VENV)/bin/python -m pytest tests/modstream/score/test_spark.py $(ARGS)

.PHONY: test-observability
test-observability: $(STAMP) ## Ask a real Prometheus every expression of dashboards and rules, and make alerts fire; three minutes
	@exec $(BIN)/python -m tests.observability.live $(ARGS)

$(SPARK_STAMP): requirements/spark.txt requirements/uv.txt pyproject.toml scripts/install
	@scripts/install $(SPARK_VENV) requirements/spark.txt
	@touch $@

.PHONY: images
images: ## Build the three container images and print their sizes (needs Docker with buildx)
	@scripts/images

.PHONY: test-k8s
test-k8s: $(STAMP) ## Try every overlay on a real API server (MOD_TEST_KUBE_UP=SCRIPT or MOD_TEST_KUBECONFIG=FILE)
	@exec $(BIN)/python -m pytest tests/k8s $(ARGS)

.PHONY: lint
lint: $(STAMP) ## Check style and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.PHONY: typecheck
typecheck: $(STAMP) ## Check types
	@$(BIN)/mypy

.PHONY: format
format: $(STAMP) ## Rewrite the code in the project's format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: check
check: lint typecheck test ## Everything that CI runs, but the demo

.PHONY: up
up: $(STAMP) ## Start the local Kafka and create the topics
	@$(BIN)/modstream kafka up
	@$(BIN)/modstream topics create

.PHONY: down
down: $(STAMP) ## Stop the local Kafka
	@$(BIN)/modstream kafka down

.PHONY: lock
lock: $(STAMP) ## Resolve the dependencies again and write requirements/*.txt
	@scripts/lock $(BIN)/uv

.PHONY: exceptions
exceptions: $(STAMP) ## Write model_service/spacy_exceptions.json again, for a new spaCy
	@$(BIN)/python -m training.spacy_exceptions

.PHONY: k8s-rules
k8s-rules: $(STAMP) ## Write k8s/base/rules.yaml again, from Prometheus's rules
	@$(BIN)/python -m tests.k8s.rules

.PHONY: proto
proto: $(STAMP) ## Write the gRPC messages again
	@$(BIN)/python -m grpc_tools.protoc -I streams/classifiers --python_out=streams/classifiers seldon.proto

.PHONY: train
train: $(STAMP) ## Train a model into models/mine (COMMENTS=FILE, ARGS='--seed 2')
	@test -n "$(COMMENTS)" || { echo "make train needs COMMENTS=FILE, with the columns id, body, removed." >&2; exit 2; }
	@$(BIN)/modstream train --data "$(COMMENTS)" --out models/mine $(ARGS)

.PHONY: baseline
baseline: $(STAMP) ## Train the shipped model again (COMMENTS=FILE)
	@$(BIN)/modstream train --data "$(COMMENTS)" --out model_service/baseline --seed 1 --no-dill --no-report

.PHONY: clean
clean: ## Remove .venv and caches
	@rm -rf $(VENV) $(SPARK_VENV) $(PEERS_VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
