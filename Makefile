# `make demo` and `make test` do everything, set-up included. The work is done by the small programs in tests/suites;
# CONTRIBUTING.md says what each target is for.

PYTHON := .venv/bin/python
SUITES := tests/suites
# How many made-up cases the property tests of the full runs try.
FULL_EXAMPLES := 3000
# How many broken files the full runs give to each of the two modules.
FULL_MUTATIONS := 5000
# How many users the full runs handle in one call.
FULL_USERS := 1000
# How many answers the hostile hosts of the full runs give.
FULL_ANSWERS := 2000

.DEFAULT_GOAL := help
.PHONY: help venv fleet demo test test-full lint unit unit-full sanity sanity-full integration integration-full molecule molecule-full differential \
	differential-full fuzz fuzz-long bench clean

help:
	@echo 'make demo          apply a policy to three real SSH hosts on loopback ports and show what it does'
	@echo 'make test          everything that guards a change; its parts: lint unit fuzz sanity integration molecule differential'
	@echo 'make test-full     the same at full length; with -full or -long behind the names of the parts'
	@echo 'make bench         measure, and write docs/performance.md'
	@echo 'make clean         take away everything that was built'

venv:
	@python3 $(SUITES)/environments.py

fleet: venv
	@python3 $(SUITES)/packages.py fleet

demo: fleet
	@PYTHONPATH=tests $(PYTHON) -m demo

test: venv
	@$(PYTHON) $(SUITES)/everything.py lint unit fuzz sanity integration molecule differential

test-full: venv
	@$(PYTHON) $(SUITES)/everything.py lint unit-full fuzz-long sanity-full integration-full molecule-full differential-full

lint: venv
	@python3 $(SUITES)/packages.py lint
	@$(PYTHON) $(SUITES)/lint.py

unit: fleet
	@$(PYTHON) $(SUITES)/unit.py

unit-full: fleet
	@KEEPALIVE_EXAMPLES=$(FULL_EXAMPLES) $(PYTHON) $(SUITES)/unit.py

sanity: venv
	@python3 $(SUITES)/packages.py lint
	@$(PYTHON) $(SUITES)/sanity.py

sanity-full: venv
	@python3 $(SUITES)/packages.py lint
	@$(PYTHON) $(SUITES)/sanity.py full

integration: fleet
	@python3 $(SUITES)/packages.py faults nat browser
	@$(PYTHON) $(SUITES)/integration.py

integration-full: fleet
	@python3 $(SUITES)/packages.py faults nat browser
	@KEEPALIVE_EXAMPLES=$(FULL_EXAMPLES) KEEPALIVE_MUTATIONS=$(FULL_MUTATIONS) KEEPALIVE_USERS=$(FULL_USERS) KEEPALIVE_ANSWERS=$(FULL_ANSWERS) $(PYTHON) $(SUITES)/integration.py full

molecule: venv
	@python3 $(SUITES)/packages.py containers
	@$(PYTHON) molecule/run.py quick

molecule-full: venv
	@python3 $(SUITES)/packages.py containers
	@$(PYTHON) molecule/run.py full

differential: fleet
	@python3 $(SUITES)/packages.py containers
	@$(PYTHON) $(SUITES)/differential.py

differential-full: fleet
	@python3 $(SUITES)/packages.py containers
	@$(PYTHON) $(SUITES)/differential.py full

fuzz: venv
	@$(PYTHON) $(SUITES)/fuzz.py

fuzz-long: venv
	@$(PYTHON) $(SUITES)/fuzz.py 600

bench: fleet
	@python3 $(SUITES)/packages.py bench
	@PYTHONPATH=tests:.build/source $(PYTHON) -m bench

clean:
	@rm -rf .build .venv fleetops-keepalive-*.tar.gz
