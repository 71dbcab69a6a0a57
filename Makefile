# Two commands do everything on a machine with python3, make and a C compiler: `make run` and `make test`.
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 9400
DATA ?= data
VENV := .venv
PY := $(VENV)/bin/python
# `make test` runs two processes side by side: what needs none of the SDKs while those are installed; what asks shared
# servers, in its order, beside the rest; gateways and their engines beside crashes, full disks and what is short.
FIRST := tests/arch tests/fuzz tests/properties tests/unit
ASKING := tests/behaviour tests/conformance
CLUSTER := tests/cluster
BESIDE_CLUSTER := tests/deploy tests/docs tests/faults
LEFT := $(filter-out $(FIRST) $(ASKING) $(CLUSTER) $(BESIDE_CLUSTER) tests/__pycache__,\
	$(patsubst %/,%,$(wildcard tests/*/)))
# What `make test` runs once more on PostgreSQL and versitygw; `make test-engines` runs all.
ON_ENGINES := tests/conformance/test_qcloud_cos_py3.py tests/conformance/s3/test_boto3_objects.py \
	tests/conformance/aliyun/test_objects.py tests/conformance/volcengine/test_objects.py \
	tests/conformance/tencent/test_python_objects.py tests/conformance/minting/tencent/test_spending.py \
	tests/conformance/minting/aliyun/test_sts.py tests/conformance/minting/volcengine/test_voice.py
RUN_STAMP := $(VENV)/.run
TEST_STAMP := $(VENV)/.test
SITE_STAMP := $(VENV)/.site
PICTURES := $(CURDIR)/build/pictures

.DEFAULT_GOAL := help
.PHONY: help run demo test lint types unit faults-long test-cluster test-cluster-all test-engines \
	test-image fuzz conformance conformance-all bench docs site wheel lock clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  settings: PORT=$(PORT) DATA=$(DATA) PYTHON=$(PYTHON)"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "entrepot needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V)" >&2; exit 1; }
	@echo "making $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@echo "installing what the server needs (pinned, with hashes)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(TEST_STAMP): requirements/test.txt $(RUN_STAMP)
	@echo "installing what the tests need (pinned, with hashes)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@

$(SITE_STAMP): requirements/site.txt | $(VENV)/bin/python
	@echo "installing what the site needs (pinned, with hashes)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/site.txt
	@touch $@

run: $(RUN_STAMP) ## start the server in dev mode (PORT=, DATA=)
	@ENTREPOT_COMMAND=$(VENV)/bin/entrepot exec $(VENV)/bin/entrepot serve --dev --port $(PORT) --data "$(DATA)"

demo: $(RUN_STAMP) ## beside `make run`: mint through four APIs, upload, read back, revoke (PORT=, DATA=)
	@CI=true $(PYTHON) tests/conformance/setup_sdks.py demo
	@.venvs/sdk-demo/bin/python -m demo --address http://127.0.0.1:$(PORT) --data "$(DATA)" --entrepot $(VENV)/bin/entrepot

test: $(TEST_STAMP) lint types ## everything: lint, types, unit to conformance tests with real SDKs
	@mkdir -p build; status=0; \
	{ $(PY) tests/conformance/setup_sdks.py && $(PY) tests/cluster/setup_stores.py; } & setup=$$!; \
	{ $(PY) -m pytest -n 0 $(FIRST); told=$$?; tail --pid=$$setup -f /dev/null; \
		$(PY) -m pytest -n 0 $(LEFT) && exit $$told; } >build/beside.log 2>&1 & beside=$$!; \
	wait $$setup || status=$$?; \
	$(PY) -m pytest -n 0 $(ASKING) || status=$$?; \
	wait $$beside || status=$$?; cat build/beside.log; \
	$(PY) -m pytest -n 0 $(BESIDE_CLUSTER) >build/beside.log 2>&1 & beside=$$!; \
	$(PY) -m pytest -n 0 $(CLUSTER) || status=$$?; \
	wait $$beside || status=$$?; cat build/beside.log; \
	TEST_ENGINES=postgres+s3 $(PY) -m pytest -q $(ON_ENGINES) || status=$$?; \
	exit $$status

lint: $(TEST_STAMP) ## ruff
	@$(VENV)/bin/ruff format --check src tests bench tools demo deploy
	@$(VENV)/bin/ruff check src tests bench tools demo deploy

types: $(TEST_STAMP) ## mypy --strict
	@$(VENV)/bin/mypy

unit: $(TEST_STAMP) ## the quick tests only, no SDKs, no fault injection
	@$(PY) -m pytest -q tests/unit tests/arch tests/contracts tests/properties tests/behaviour

conformance: $(TEST_STAMP) ## the real SDKs only
	@$(PY) tests/conformance/setup_sdks.py
	@$(PY) -m pytest -q tests/conformance

conformance-all: $(TEST_STAMP) ## the real SDKs, and those too that take long to build
	@$(PY) tests/conformance/setup_sdks.py --all
	@CONFORMANCE_ALL=1 $(PY) -m pytest -q tests/conformance

faults-long: $(TEST_STAMP) ## 200 kills under load, 200 power cuts
	@FAULT_KILLS=200 POWER_CUTS=100 $(PY) -m pytest -q tests/faults

test-cluster: $(TEST_STAMP) ## three gateways on PostgreSQL, a folder and two stores, with faults (FAULT_ROUNDS=)
	@$(PY) tests/cluster/setup_stores.py
	@FAULT_ROUNDS=$${FAULT_ROUNDS:-3} $(PY) -m pytest -q -n 0 tests/cluster tests/contracts

test-cluster-all: $(TEST_STAMP) ## the same, contracts on all four stores, which take half an hour to build
	@$(PY) tests/cluster/setup_stores.py --all
	@FAULT_ROUNDS=$${FAULT_ROUNDS:-3} $(PY) -m pytest -q -n 0 tests/cluster tests/contracts

test-engines: $(TEST_STAMP) ## the suites of servers and the real SDKs on PostgreSQL and versitygw (TEST_ENGINES=)
	@$(PY) tests/conformance/setup_sdks.py
	@$(PY) tests/cluster/setup_stores.py versitygw
	@TEST_ENGINES=$${TEST_ENGINES:-postgres+s3} $(PY) -m pytest -q tests/behaviour tests/conformance

test-image: ## build the image without a container engine, run it, store and read (needs root, buildah, debootstrap)
	@tests/deploy/image.sh

fuzz: $(TEST_STAMP) ## requests that nobody meant, FUZZ_EXAMPLES= of them
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-100000} $(PY) -m pytest -q -n 0 tests/fuzz

bench: $(TEST_STAMP) ## measure against nginx, s3rver and moto (BENCH="--quick")
	@$(PY) -m bench.setup
	@$(PY) -m bench $(BENCH)

docs: $(TEST_STAMP) ## regenerate docs/ from the code
	@$(PY) tools/gen_docs.py

site: $(SITE_STAMP) ## build docs/ as a site in build/site/html; with pictures where Chromium and what `make test` installs are
	@rm -rf "$(PICTURES)" && mkdir -p "$(PICTURES)"
	@tests=$$(grep -rl --include='test_*.py' 'pytest.mark.pictures' tests || true); \
	if [ -n "$$tests" ] && [ -e $(TEST_STAMP) ] && command -v chromium > /dev/null; then \
		PICTURES="$(PICTURES)" $(PY) -m pytest -q -m pictures $$tests; fi
	@$(PY) -m tools.site --pictures "$(PICTURES)"

wheel: $(RUN_STAMP) ## build the wheel and the source archive into dist/
	@rm -rf dist && mkdir dist
	@$(PY) -c 'from flit_core import buildapi as flit; print("dist/" + flit.build_wheel("dist"), "dist/" + flit.build_sdist("dist"))'

lock: ## renew the pinned versions and hashes in requirements/
	@$(PYTHON) -m venv build/lock
	@build/lock/bin/python -m pip install --quiet --upgrade pip pip-tools
	@cd requirements && for name in run scale site test; do \
		../build/lock/bin/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras --no-header \
			--no-annotate --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --output-file $$name.txt $$name.in || exit 1; done
	@echo "renewed requirements/*.txt; run make test, then commit"

clean: ## remove environments and caches (never data)
	rm -rf $(VENV) .venvs build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis bench/peers/node_modules
	rm -rf tests/conformance/node/node_modules tests/conformance/node/*/node_modules
