# Everything happens in a virtual environment of its own (.venv); Python >= 3.10 and the package registries are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
INPUT ?=
BENCH ?=
KEYCLOAK ?= 24.0.5
KEYCLOAK_ZIP = $(CURDIR)/build/keycloak/keycloak-quarkus-dist-$(KEYCLOAK).zip
EXAMPLES ?= 10

# where it is set, every process that a test starts would compile our modules again
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo fuzz test soak check conformance format pins bench example notebook wheel test-wheel test-browser \
    test-keycloak test-nginx test-mirror test-prompts clean

help:  ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

$(READY): setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $(READY)

demo: $(READY)  ## the whole flow on a real calculation (INPUT=file for yours)
	$(BIN)/nomad-swagger demo $(if $(INPUT),--input '$(INPUT)')

test: $(READY)  ## all tests that need nothing but Python
	$(BIN)/python -m pytest

soak: $(READY)  ## the long tests: kills, cuts and many writers, for minutes
	NOMAD_SWAGGER_SOAK=1 $(BIN)/python -m pytest -n 0 -v -s --durations=0 tests/journeys/test_downloads.py \
	    tests/journeys/test_stopped_downloads.py tests/journeys/test_many_archives.py tests/journeys/test_upload_kills.py \
	    tests/journeys/test_training_sets.py tests/journeys/test_many_kills.py
	NOMAD_SWAGGER_SOAK=1 $(MAKE) test-nginx
	NOMAD_SWAGGER_SOAK=1 $(MAKE) test-prompts
	NOMAD_SWAGGER_SOAK=1 $(BIN)/python -m pytest -n 0 -m mirror tests/mirrors

test-prompts: $(READY)  ## tutorials pasted into python, IPython, notebooks, bash; TAB in real shells; what spec diff says
	command -v zsh >/dev/null && command -v fish >/dev/null || { apt-get update -qq && apt-get install -y -qq zsh fish; }
	$(BIN)/python -m pytest -m prompts tests/tutorials tests/cli

test-mirror: $(READY)  ## mirrors of 10 000 entries that are killed, and on a Dask cluster that loses a worker
	$(BIN)/python -m pytest -n 0 -m mirror tests/mirrors

check: $(READY)  ## format, lint, types, floors, and that the snapshots are what their sources give
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 0 tests/test_architecture.py
	$(BIN)/python -m pytest -n 0 -m typing tests/test_types.py tests/explore/test_stubs.py
	$(BIN)/python specs/sources/build.py --check

conformance: $(READY)  ## the embedded NOMAD against what NOMAD's own servers were seen to answer
	$(BIN)/python -m tests.conformance

format: $(READY)  ## put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

pins: $(READY)  ## rebuild specs/ from specs/sources/
	$(BIN)/python specs/sources/build.py

example:  ## repeat the calculations of tutorials/data (installs Quantum ESPRESSO where it is missing)
	command -v pw.x >/dev/null || { apt-get update -qq && apt-get install -y -qq quantum-espresso; }
	sh tutorials/data/make_example.sh

notebook: $(READY)  ## run the notebook of the tutorials, and keep its outputs in it
	$(BIN)/python -m tests.tutorials.notebook

fuzz: $(READY)  ## calls that schemathesis makes up, against the embedded NOMAD (EXAMPLES=10 of each operation)
	$(BIN)/python -m tests.sandbox.fuzz --examples $(EXAMPLES)

bench: $(READY)  ## speed and memory beside raw bravado, requests and curl (installs nginx where it is missing)
	command -v nginx >/dev/null || { apt-get update -qq && apt-get install -y -qq nginx-light; }
	$(BIN)/python -m bench $(BENCH)

wheel: $(READY)  ## sdist and wheel in dist/
	rm -rf dist build
	$(BIN)/python -m build --outdir dist .

test-wheel: wheel  ## the wheel in an empty environment, from another folder, without a network
	sh tests/packaging/test_wheel.sh '$(PYTHON)'

test-browser: $(READY)  ## the dashboard in headless Chromium (installs it where it is missing)
	command -v chromedriver >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium chromium-driver; }
	$(BIN)/python -m pytest -m browser tests/dashboard/browser

test-keycloak: $(READY)  ## logins against a real Keycloak (fetches it by Maven, KEYCLOAK=version; installs Java, Chromium)
	command -v mvn >/dev/null || { apt-get update -qq && apt-get install -y -qq maven openjdk-17-jre-headless; }
	command -v chromedriver >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium chromium-driver; }
	test -e '$(KEYCLOAK_ZIP)' || mvn -q -B dependency:copy -Dartifact=org.keycloak:keycloak-quarkus-dist:$(KEYCLOAK):zip \
	    -DoutputDirectory=$(dir $(KEYCLOAK_ZIP))
	KEYCLOAK_ZIP='$(KEYCLOAK_ZIP)' $(BIN)/python -m pytest -n 0 -s -v -m keycloak tests/keycloak

test-nginx: $(READY)  ## downloads from behind nginx, through a line that cuts (installs it where it is missing)
	command -v nginx >/dev/null || { apt-get update -qq && apt-get install -y -qq nginx-light; }
	$(BIN)/python -m pytest -n 0 -s -v -m nginx tests/nginx

clean:  ## remove what can be made again
	rm -rf $(VENV) build dist demo-data *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
