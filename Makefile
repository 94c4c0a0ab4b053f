# Two commands: `make demo` and `make test`. Both install what they need first.
PYTHON ?= python3
VENV := .venv
# Of the tests, each with servers of its own: one more than two cores, since much of a test is waiting.
PROCESSES ?= 3
RUN := $(VENV)/.installed
DEV := $(VENV)/.installed-dev
PAGES := web/build/.installed
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Every process that the demo and the tests start would compile the whole house anew: a second each.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help tools setup ready servers browser demo test check sheets bench down lock bundle image release-check release clean

help:  ## What can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

setup: $(DEV) $(PAGES)  ## Install into .venv and web/build, tools for the tests too

ready: tools  # what the product itself needs, from both registries at once
	@$(MAKE) --silent --no-print-directory -j2 $(RUN) $(PAGES)

tools:  # before anything is installed
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name it: make PYTHON=python3.12 …  需要 Python 3.11 或更新版本"; exit 1; }
	@test -e $(PAGES) || { command -v npm > /dev/null && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'; } || \
		{ echo "Node 20 or newer, with npm, is needed for the pages: https://nodejs.org/en/download"; \
		echo "网页需要 Node 20 或更新版本（含 npm）：https://nodejs.org/zh-cn/download"; exit 1; }

$(RUN): requirements.txt pyproject.toml | tools
	@echo "· installing into $(VENV)"
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --no-deps --no-compile --require-hashes -r requirements.txt
	@$(VENV)/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@$(VENV)/bin/python -m compileall -q -j 0 $(VENV)/lib > /dev/null || true  # on all cores; some files are not to be read
	@touch $(RUN)

$(DEV): requirements-dev.txt $(RUN)
	@echo "· installing tools for the tests into $(VENV)"
	@$(VENV)/bin/python -m pip install --quiet --no-deps --require-hashes -r requirements-dev.txt
	@touch $(DEV)

$(PAGES): web/package-lock.json web/package.json | tools
	@echo "· installing the pages' packages into web/build"
	@npm --prefix web ci --silent --ignore-scripts --no-audit --no-fund
	@mkdir -p web/build
	@cp web/node_modules/htmx.org/dist/htmx.min.js web/node_modules/@tabler/core/dist/css/tabler.min.css web/build/
	@touch $(PAGES)

browser: setup  ## Find or install a Chromium for the tests of the pages
	@$(VENV)/bin/python -m tests.web.chromium

servers: setup  ## Unpack PostgreSQL, build the Temporal server: minutes, once a machine
	@$(VENV)/bin/python -m embedded.fetch

demo: ready  ## The stack in full swing, on virtual dates, with some 200 cases
	@$(VENV)/bin/rectify demo

down: ready  ## Stop what `make demo` or `rectify up` started; data stay
	@$(VENV)/bin/rectify down

check: setup  ## Style, types, import rules
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check --quiet .
	@$(VENV)/bin/pyright --warnings
	@$(VENV)/bin/lint-imports --no-logo

test: check servers browser  ## All checks and all tests, on real servers; without Go those of the trial engine
	@$(VENV)/bin/python -m tests.deploy.tools
	@$(VENV)/bin/python -m pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder --durations 25 $(TESTS)

sheets: servers browser  ## Pictures of every page, both languages and widths, into build/sheets
	@$(VENV)/bin/python -m tests.web.sheets build/sheets

bench: servers  ## Benchmarks, as ratios within one run; reports in bench/results
	@for one in lifecycle histories overdue alterations register ledger pages sign_in faults cluster upgrade sizing city "city --no-work"; do $(VENV)/bin/python -m bench.$$one || exit 1; done

COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock" pyproject.toml

lock:  ## Renew requirements.txt and requirements-dev.txt from pyproject.toml (needs uv)
	$(COMPILE) --extra build -o requirements.txt
	$(COMPILE) --all-extras -c requirements.txt -o requirements-dev.txt

# Of Python, that the bundle has wheels for: what cities' systems have, and that of the image
PYTHONS ?= 3.11 3.12 3.13
VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
NAME = rectify-$(VERSION)
BUNDLE = build/$(NAME)-$(shell uname -s | tr A-Z a-z)-$(shell uname -m)
# The image's base; a city names its own, by digest
BASE ?= python:3.13-slim-bookworm
BUILDER ?= $(firstword $(foreach one,buildah podman docker,$(if $(shell command -v $(one)),$(one))))

bundle: servers  ## One file with all that an installation without internet needs, into build
	@$(VENV)/bin/python -m deploy.release.bundle build $(PYTHONS)

image:  ## The image rectify:VERSION, from the bundle, with buildah, podman or docker
	@test -d $(BUNDLE) || { echo "make bundle comes first  请先运行 make bundle"; exit 1; }
	$(BUILDER) build --build-arg BASE=$(BASE) --file deploy/container/Containerfile --tag rectify:$(VERSION) $(BUNDLE)

release-check: servers  ## Whether this commit can be released: tree, names, locks, wheel, bill of materials, upgrade notes
	@$(VENV)/bin/python -m deploy.release.check

release: release-check bundle  ## Bundle, wheel, sources and bill of materials, with checksums, into build/release
	@rm -rf build/release && mkdir -p build/release
	@cp $(BUNDLE)/wheels/rectify-*.whl build/release/
	@cp $(BUNDLE)/sbom.cdx.json build/release/$(NAME).cdx.json
	@git archive --format tar.gz --prefix $(NAME)/ --output build/release/$(NAME)-sources.tar.gz HEAD
	@mv $(BUNDLE).tar.gz build/release/
	@cd build/release && sha256sum -- * > SHA256SUMS && cat SHA256SUMS

clean:  ## Remove what was installed here; data and built servers stay
	rm -rf $(VENV) web/build web/node_modules *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache
