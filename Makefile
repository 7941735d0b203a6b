# Every command first makes the machine able to run it: what is missing is installed.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test up down restart status logs reset backup restore admin check bench faults \
	openapi events migration migrate retry format e2e

bootstrap := @sh deploy/native/bootstrap.sh
python := .stack/venv/bin/python
run := $(python) deploy/native/run.py
# A module of ours, with the settings of the running platform.
module := $(run) module
scale := $(if $(SCALE),--scale $(SCALE))

help:
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@ / {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-zA-Z0-9_<>%-]+:.*## / {sub(/%/, "<service>", $$1); printf "  %-24s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ The two that matter

demo: ## start everything, play the main journey through the gateway, leave it running
	$(bootstrap)
	@$(run) up $(scale)
	@$(module) demo

test: ## check, then every test: unit, service, contract, repository, end to end
	$(bootstrap)
	@$(python) deploy/native/suite.py test

##@ The platform

up: ## start everything, or bring what runs up to date (SCALE=2: two of each)
	$(bootstrap)
	@$(run) up $(scale)

down: ## end everything; no process stays
	$(bootstrap)
	@$(run) down

restart: ## down, then up
	$(bootstrap)
	@$(run) restart $(scale)

status: ## each process, outbox age, queues, dead letters; fails unless all is well
	$(bootstrap)
	@$(run) status

logs: ## follow the logs (service=auth-service: one of them)
	$(bootstrap)
	@$(run) logs $(service)

reset: ## empty the data; asks first unless YES=1
	$(bootstrap)
	@$(run) reset $(if $(YES),--yes)

backup: ## refuse writes for a moment, put everything into one file
	$(bootstrap)
	@$(run) backup

restore: ## fill an empty stack from such a file: FILE=
	$(bootstrap)
	@$(run) restore $(if $(FILE),"$(FILE)",$(error restore wants FILE=))

admin: ## the first admin outside development: email=
	$(bootstrap)
	@$(module) auth_service.grant_admin $(if $(email),"$(email)",$(error admin wants email=))

retry: ## set the waiting messages of a handler due now: handler=
	$(bootstrap)
	@$(module) servicekit.retry $(if $(handler),"$(handler)",$(error retry wants handler=))

##@ Daily work

check: ## format, lint, types, import contracts, lock, migrations, compose file, repository rules
	$(bootstrap)
	@$(python) deploy/native/suite.py check

format: ## put the code into its form
	$(bootstrap)
	@$(python) -m ruff format .
	@$(python) -m ruff check --fix .

dev-%: ## one service in the foreground, reloading as its code changes
	$(bootstrap)
	@$(run) dev $*

test-%: ## one package's tests
	$(bootstrap)
	@$(python) deploy/native/suite.py test --only $*

e2e: ## the journeys through the gateway
	$(bootstrap)
	@$(python) deploy/native/suite.py test --only tests/e2e

bench: ## the figures: ours, the floor, the ratio
	$(bootstrap)
	@$(python) -m tests.load

faults: ## everything killed: the backbone at every step, the broker in every step of the journey
	$(bootstrap)
	@$(python) -m pytest tests/faults
	@$(python) -m pytest tests/e2e --minutes

##@ What is generated

openapi: ## docs/openapi from the services
	$(bootstrap)
	@$(module) servicekit.openapi docs/openapi

events: ## docs/events.md from the contracts
	$(bootstrap)
	@$(module) servicekit.catalogue

migrate: ## bring every database up to date
	$(bootstrap)
	@$(module) servicekit.migrate

migration: ## write the next migration: service= m=
	$(bootstrap)
	@$(module) servicekit.migrate --service $(if $(service),$(service),$(error migration wants service=)) \
	  --revision $(if $(m),"$(m)",$(error migration wants m=))
