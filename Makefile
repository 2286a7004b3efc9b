# Everything that a person types here; `make help` lists it.
.DEFAULT_GOAL := help
BENTRE := .venv/bin/bentre

.PHONY: up test down lint clean lock setup help

up: setup ## Set up this machine, start the lab, apply the stacks, print where everything is
	@$(BENTRE) up --env lab

test: setup ## Lint and run every test on the real parts (starts the lab when it is down)
	@scripts/test

down: setup ## Destroy the stacks and stop the lab; nothing is left running
	@$(BENTRE) down --env lab

lint: setup ## ruff, mypy, import-linter, ansible-lint, yamllint, roles' READMEs, shellcheck, gofmt, go vet
	@scripts/lint

lock: setup ## Resolve the Python dependencies anew into the lock files
	@scripts/lock

setup: ## Install what this clone needs: Debian packages, .venv
	@scripts/bootstrap

clean: ## Remove the virtual environment and caches of this clone (the machine's cache stays)
	@rm -rf .venv .ansible .mypy_cache .ruff_cache .pytest_cache .import_linter_cache dist

help: ## Print this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
