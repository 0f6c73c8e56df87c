# Every command sets up what it needs. `make` alone lists them.
PYTHON ?= python3
SYSTEM ?=
RUN := .venv/bin/python
TESTS ?=
BENCHMARKS ?=
RULES ?=

# Whoever starts Python without bytecode would wait for the compilation of every module in every process.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup up spire spire-build preview pause down status logs reset tour token policy policy-changes \
    policy-mutations policy-pages policy-documents engine check test pytest bench lock format

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 18

setup:
	@$(PYTHON) -I sandbox/bootstrap.py $(if $(filter-out file,$(origin PYTHON)),--named)

up: setup ## deploy the sandbox stack with the policy pack, then say what to try
	@$(RUN) -m sandbox up

spire: setup ## build the real SPIRE and run it as the issuer that the stack trusts, until `make down`
	@$(RUN) -m sandbox spire

spire-build: setup ## build the real SPIRE once per machine, for `make spire` and for the tests that need it
	@$(RUN) -m sandbox spire-build

preview: setup ## show what `make up` would change, judged by the policy pack
	@$(RUN) -m sandbox preview

pause: setup ## stop the sandbox; `make up` and `make preview` go on with what is deployed
	@$(RUN) -m sandbox pause

down: setup ## destroy the stack and stop the sandbox
	@$(RUN) -m sandbox down

status: setup ## say whether the sandbox runs, and what is deployed
	@$(RUN) -m sandbox status

logs: setup ## print the latest lines of the sandbox and of every function
	@$(RUN) -m sandbox logs

reset: setup ## stop the sandbox and delete its state folder
	@$(RUN) -m sandbox reset

tour: setup ## call the live system as its callers and attackers would
	@$(RUN) -m sandbox tour $(SYSTEM)

token: setup ## print a fresh token for the hello API, or for that of another SYSTEM
	@$(RUN) -m sandbox token $(SYSTEM)

policy: setup ## print who guards every route and what the rules say; of FILE=state.json too; FORMAT=json, sarif, markdown
	@$(RUN) -m sandbox policy $(if $(FILE),--file "$(FILE)") --format $(or $(FORMAT),table)

policy-changes: setup ## print what the program would change about who guards what
	@$(RUN) -m sandbox policy-changes

policy-documents: setup ## write the state and a preview of the stack to .sandbox/policy, for policy-changes elsewhere
	@$(RUN) -m sandbox policy-documents

policy-mutations: setup ## break every compliant example of the policies in every way, and print what each rule says
	@PYTHONPATH=functions:policy $(RUN) -m tests.policy.mutations $(RULES)

policy-pages: setup ## write docs/policies and the configuration's schema from the rules' metadata and tests' fixtures
	@PYTHONPATH=functions:policy $(RUN) -m tests.policy.pages
	@PYTHONPATH=policy $(RUN) -m guardrails.configuration.schema

engine: setup ## fetch or build the Pulumi engine and the runtime's packages, once per machine
	@$(RUN) -m sandbox engine

check: setup ## lint, format, types, the import rules and the workflows
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@PYTHONPATH=functions:policy .venv/bin/lint-imports --no-logo
	@.venv/bin/zizmor --offline --no-progress --quiet --persona pedantic .github/workflows
	@$(RUN) -m sandbox workflows
	@$(RUN) -m tests.support.sdk_stubs
	@.venv/bin/basedpyright

# The tests, a process for each of these: folders below `tests/`, those first that take longest, so that none of them is
# the last to work alone. A folder's tests look at the same sandbox. Each process collects what it runs and reports to
# nobody: processes that are handed their tests one by one cost 4 ms more for each test. Four at a time, because many wait.
SHARES := system provider functions fidelity faults engine server gateway \
    packages+delivery+edge+commands+spire+spiffe_issuer+repository cli policy components examples

test: setup ## every check and every test
	@$(RUN) -m sandbox engine
	@$(MAKE) --no-print-directory --keep-going --jobs 4 check $(if $(TESTS),pytest,$(SHARES:%=pytest/%))

pytest: setup
	@$(RUN) -m pytest $(TESTS)

# What it prints comes at its end, in one piece: four processes print at the same time.
pytest/%: setup
	@printed=$$($(RUN) -m pytest --quiet $(addprefix tests/,$(subst +, ,$*)) 2>&1); code=$$?; \
	  printf '%s\n%s\n' 'tests/$*' "$$printed"; exit $$code

bench: setup ## measure, as ratios in one run
	@PYTHONPATH=functions:policy $(RUN) -m benchmarks $(BENCHMARKS)

format: setup ## format the code
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

lock: setup ## resolve the requirements again, with hashes
	@for name in requirements requirements-dev requirements-bootstrap policy/requirements sandbox/lambda_runtime/requirements \
	    $(basename $(wildcard functions/layers/*/requirements.in benchmarks/*/requirements.in)); do \
	  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-index-url $$name.in --output-file $$name.txt || exit 1; done
