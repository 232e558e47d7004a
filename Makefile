# Two commands are enough: `make demo` and `make test`. Everything they need, they fetch.
SHELL := /bin/bash
.DEFAULT_GOAL := help
UV := $(shell command -v uv 2>/dev/null || echo "$(CURDIR)/.uv/bin/uv")
export UV_COMPILE_BYTECODE = 1
# Hundreds of processes start in the tests: each would compile what it imports, and keep nothing.
unexport PYTHONDONTWRITEBYTECODE
export UV_PYTHON_DOWNLOADS ?= automatic
RUN := $(UV) run --no-sync

help:
	@echo "make demo   six agents on a small project, no account needed"
	@echo "make test   everything that must hold before a change is trusted"
	@echo "make test-long     whole evenings and simulations, minutes of them"
	@echo "make test-agents   the agents that come from npm, run for real (installs them), in short"
	@echo "make test-agents-whole   all that is tried of them, a quarter of an hour or more"
	@echo "make check  the quick part of it: format, lint, types, import contracts"
	@echo "make fix    let the formatter and linter repair what they can"
	@echo "make pictures      the documentation's pictures of the screens, drawn anew"
	@echo "make recording     a minute of the demo, as a cast and a moving picture for the README"
	@echo "make gallery       every screen in every size and look, to be looked through"
	@echo "make bench  the measurements behind what we claim about speed"

$(CURDIR)/.uv/bin/uv:
	@python3 -m venv .uv 2>/dev/null || python3 -m virtualenv .uv
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check uv

# What running it needs, and what working on it needs besides.
.venv/.users: pyproject.toml uv.lock | $(UV)
	@echo "Preparing the environment (once) …"
	@$(UV) sync --quiet --locked --no-dev --inexact
	@touch $@

.venv/.ready: pyproject.toml uv.lock | $(UV)
	@echo "Preparing the environment (once) …"
	@$(UV) sync --quiet --locked --all-groups
	@touch $@ .venv/.users

demo: .venv/.users
	@$(RUN) conductor demo

check: .venv/.ready
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy
	$(RUN) lint-imports

fix: .venv/.ready
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

# More workers than cores: most tests wait for tmux, git or an agent.
WORKERS ?= $(shell echo $$(( 2 * $$(getconf _NPROCESSORS_ONLN) + 2 )))

# The checks think while the tests wait.
test: .venv/.ready
	@$(MAKE) --no-print-directory -j2 check pytest

# Compile the tests once, where they never were: each worker would do it by itself.
pytest: .venv/.ready
	@[ -d tests/__pycache__ ] || $(RUN) pytest --collect-only -qq >/dev/null || true
	$(RUN) pytest -n $(WORKERS) --dist worksteal

test-long: .venv/.ready
	$(RUN) pytest -m long -n 2 --dist worksteal

# Whatever failed in the last run with these marks, one after the other.
MARKED ?= not long
again: .venv/.ready
	$(RUN) pytest -m "$(MARKED)" --lf --lfnf=none

agents-installed: .venv/.ready
	$(RUN) python -m tests.agents.install opencode gemini qwen pi copilot goose kimi vibe aider cline

test-agents: agents-installed
	$(RUN) pytest -m "agents and not long" -n 2 --dist loadgroup

test-agents-whole: agents-installed
	$(RUN) pytest -m agents -n 2 --dist loadgroup

recording: .venv/.ready
	$(RUN) python -m tests.recording

gallery: .venv/.ready
	$(RUN) python -m tests.tui.fleets $(or $(INTO),/tmp/conductor-gallery)

bench: .venv/.ready
	$(RUN) python -m tests.bench

.PHONY: help demo check fix test pytest test-long again agents-installed test-agents test-agents-whole bench pictures gallery recording

# NAME:SCREEN:STORY:SIZE:THEME of each picture that is drawn from a story; those of docs/review.md last.
PICTURES := fleet:fleet:evening:160x45:dark fleet-dense:dense:evening:80x24:dark \
	landing:landing:landing:120x30:dark meters:meters:evening:160x45:dark \
	rounds:review:reading:160x78:dark $(foreach theme,dark light,$(foreach size,80x24 \
	160x45 250x70,$(foreach screen,review columns,$(screen)-$(size)-$(theme):$(screen):review:$(size):$(theme))))

pictures: .venv/.users
	@for one in $(PICTURES); do IFS=: read -r name screen story size theme <<<"$$one"; \
		name=$${name/columns/review-columns}; name=$${name/-80x24/-small}; name=$${name/-160x45/}; \
		name=$${name/-250x70/-wide}; name=$${name%-dark}; \
		$(RUN) conductor shot $$screen --story $$story --size $$size --theme conductor-$$theme \
			-o docs/pictures/$$name.svg || exit 1; done
