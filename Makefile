# Everything happens in a virtual environment of its own (.venv); Python >= 3.10 and the package registries are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
APT := $(if $(filter-out 0,$(shell id -u)),sudo )apt-get
READY := $(VENV)/.ready
INPUT ?=
BENCH ?=
PYTHONS ?= 3.10 3.12 3.13
LOWEST ?= 3.10
TAG ?=
KEYCLOAK ?= 24.0.5
KEYCLOAK_ZIP = $(CURDIR)/build/keycloak/keycloak-quarkus-dist-$(KEYCLOAK).zip
EXAMPLES ?= 10
# where there is no valgrind to be had (macOS), the bench goes on without it
BENCH_TOOLS = command -v nginx >/dev/null && { command -v valgrind >/dev/null || ! command -v apt-get >/dev/null; } || \
    { $(APT) update -qq && $(APT) install -y -qq nginx-light valgrind; }

# uv installs in a third of pip's time; it does not read pip's settings, and where it finds nothing, pip does it
INSTALL = UV_NATIVE_TLS=1 $(BIN)/python -m uv pip install --quiet --python $(BIN)/python \
    $(if $(PIP_INDEX_URL),--default-index '$(PIP_INDEX_URL)')

# where it is set, every process that a test starts would compile our modules again
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help docs docs-check demo fuzz test soak check lint conformance format pins bench bench-check bench-pin example notebook \
    wheel release-check test-wheel test-python test-min test-browser test-keycloak test-nginx test-mirror test-many test-prompts clean

help:  ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

$(READY): setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip uv
	$(INSTALL) --editable '.[test,tools]' || $(BIN)/python -m pip install --quiet --editable '.[test,tools]'
	touch $(READY)

demo: $(READY)  ## the whole flow on a real calculation (INPUT=file for yours)
	$(BIN)/nomad-swagger demo $(if $(INPUT),--input '$(INPUT)')

test: $(READY)  ## all tests that need nothing but Python
	$(BIN)/python -m pytest

soak: $(READY)  ## the long tests: kills, cuts and many writers, for minutes
	NOMAD_SWAGGER_SOAK=1 $(BIN)/python -m pytest -n 0 -v -s --durations=0 tests/journeys/test_downloads.py \
	    tests/journeys/test_stopped_downloads.py tests/journeys/test_many_archives.py tests/journeys/test_upload_kills.py \
	    tests/journeys/test_chosen_downloads.py \
	    tests/journeys/test_training_sets.py tests/journeys/test_many_kills.py
	NOMAD_SWAGGER_SOAK=1 $(MAKE) test-nginx
	NOMAD_SWAGGER_SOAK=1 $(MAKE) test-prompts
	NOMAD_SWAGGER_SOAK=1 $(BIN)/python -m pytest -n 0 -m mirror tests/mirrors

test-prompts: $(READY)  ## tutorials pasted into python, IPython, notebooks, bash; TAB in real shells; what spec diff says
	command -v zsh >/dev/null && command -v fish >/dev/null || { $(APT) update -qq && $(APT) install -y -qq zsh fish; }
	$(BIN)/python -m pytest -m prompts tests/tutorials tests/cli

test-mirror: $(READY)  ## mirrors of 10 000 entries that are killed, and on a Dask cluster that loses a worker
	$(BIN)/python -m pytest -n 0 -m mirror tests/mirrors

check: lint  ## format, lint, types, floors, and that the snapshots are what their sources give
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 0 tests/test_architecture.py
	$(BIN)/python -m pytest -n 0 -m typing tests/test_types.py tests/explore/test_stubs.py
	$(BIN)/python specs/sources/build.py --check

test-many: $(READY)  ## sixty uploads by upload-many, which is killed five times; uploads killed at each of their requests
	$(BIN)/python -m pytest -n 0 -s -v -m many tests/journeys/test_many_kills.py tests/journeys/test_upload_kills.py

lint: $(READY)  ## format, lint, and that the files for a host's CI, issues and citation are valid
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml docs/ci-example/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema custom.github-workflows-require-timeout .github/workflows/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-forms \
	    $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.citation-file-format CITATION.cff

conformance: $(READY)  ## the embedded NOMAD against what NOMAD's own servers were seen to answer
	$(BIN)/python -m tests.conformance

format: $(READY)  ## put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

pins: $(READY)  ## rebuild specs/ from specs/sources/
	$(BIN)/python specs/sources/build.py

example:  ## repeat the calculations of tutorials/data (installs Quantum ESPRESSO where it is missing)
	command -v pw.x >/dev/null || { $(APT) update -qq && $(APT) install -y -qq quantum-espresso; }
	sh tutorials/data/make_example.sh

notebook: $(READY)  ## run the notebook of the tutorials, and keep its outputs in it
	$(BIN)/python -m tests.tutorials.notebook

fuzz: $(READY)  ## calls that schemathesis makes up, against the embedded NOMAD (EXAMPLES=10 of each operation)
	$(BIN)/python -m tests.sandbox.fuzz --examples $(EXAMPLES)

bench: $(READY)  ## speed and memory beside raw bravado, requests and curl (installs nginx, valgrind where missing)
	$(BENCH_TOOLS)
	$(BIN)/python -m bench $(BENCH)

bench-check: $(READY)  ## fails where a start takes 10 % more instructions than is kept (BENCH=--planted shows it)
	$(BENCH_TOOLS)
	$(BIN)/python -m bench.gate $(BENCH)

bench-pin: $(READY)  ## keep the ratios of instructions as they are now (BENCH=--upgrade: with the newest libraries)
	$(BENCH_TOOLS)
	$(BIN)/python -m bench.gate --pin $(BENCH)

wheel: $(READY)  ## sdist and wheel in dist/
	rm -rf dist build/bdist.* build/lib
	$(BIN)/python -m build --outdir dist .

release-check: wheel  ## version, changelog, sdist and wheel agree, and an index would take them (TAG=v0.1.0)
	TAG='$(TAG)' $(BIN)/python -m tests.packaging.release_check dist
	$(BIN)/twine check --strict dist/*
	$(BIN)/check-wheel-contents dist/*.whl

test-wheel: wheel  ## the wheel in empty environments and homes, by pip and by uv, without a network
	sh tests/packaging/test_wheel.sh '$(PYTHON)'
	sh tests/packaging/test_offline.sh '$(PYTHON)'

test-python: $(READY)  ## a part of the tests on each of PYTHONS="3.10 3.12 3.13", which are found or fetched
	$(BIN)/python -m tests.packaging.pythons $(PYTHONS)

test-min: $(READY)  ## the same part with the oldest libraries that setup.cfg admits
	$(BIN)/python -m tests.packaging.pythons --lowest $(LOWEST)

test-browser: $(READY)  ## the dashboard in headless Chromium (installs it where it is missing)
	command -v chromedriver >/dev/null || { $(APT) update -qq && $(APT) install -y -qq chromium chromium-driver; }
	$(BIN)/python -m pytest -m browser tests/dashboard/browser

test-keycloak: $(READY)  ## logins against a real Keycloak (fetches it by Maven, KEYCLOAK=version; installs Java, Chromium)
	command -v mvn >/dev/null || { $(APT) update -qq && $(APT) install -y -qq maven openjdk-17-jre-headless; }
	command -v chromedriver >/dev/null || { $(APT) update -qq && $(APT) install -y -qq chromium chromium-driver; }
	test -e '$(KEYCLOAK_ZIP)' || mvn -q -B dependency:copy -Dartifact=org.keycloak:keycloak-quarkus-dist:$(KEYCLOAK):zip \
	    -DoutputDirectory=$(dir $(KEYCLOAK_ZIP))
	KEYCLOAK_ZIP='$(KEYCLOAK_ZIP)' $(BIN)/python -m pytest -n 0 -s -v -m keycloak tests/keycloak

test-nginx: $(READY)  ## downloads from behind nginx, through a line that cuts (installs it where it is missing)
	command -v nginx >/dev/null || { $(APT) update -qq && $(APT) install -y -qq nginx-light; }
	$(BIN)/python -m pytest -n 0 -s -v -m nginx tests/nginx

docs: $(READY)  ## the site of the docs, in build/site; a warning is a failure (installs [docs] where it is missing)
	$(BIN)/python -c 'import furo, myst_parser' 2>/dev/null || $(BIN)/python -m pip install --quiet --editable '.[docs]'
	$(BIN)/python -m docs.site

docs-check: docs  ## the site's names, links and assets, and each line of the how-tos, run
	NOMAD_SWAGGER_DOCS=1 $(BIN)/python -m pytest -n 2 -v tests/docs

clean:  ## remove what can be made again
	rm -rf $(VENV) $(VENV)-* build dist demo-data *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
