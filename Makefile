# Two commands are promised by the README: `make audit` and `make test`. Each prepares what it needs by itself.
PYTHON := .venv/bin/python
OUT ?= audit
OBSERVE ?= 10

.PHONY: audit test setup setup-test lint screenshots installer clean

audit: setup
	@rm -rf build/sample-models
	@$(PYTHON) -m auditor sample build/sample-models
	@$(PYTHON) -m auditor audit local --models build/sample-models --policy truly-open --observe $(OBSERVE) --out $(OUT) \
	  || test $$? -le 2 # 1 and 2 are verdicts, not failures of the command

# Tests that watch the whole machine can disturb each other side by side: what failed runs once more, alone, and has to
# pass then.
test: setup-test lint
	@$(PYTHON) -m pytest -q -n auto --dist worksteal \
	  || { [ $$? = 1 ] && echo "Once more, alone:" && $(PYTHON) -m pytest -q --last-failed --last-failed-no-failures none; }

lint: setup-test
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@.venv/bin/lint-imports --no-logo

setup:
	@tools/setup run

setup-test:
	@tools/setup test

screenshots: setup-test
	@$(PYTHON) tools/screenshots.py

installer:
	@tools/setup package
	@$(PYTHON) build_installer.py --deb

clean:
	rm -rf .venv .venv-products build dist audit
