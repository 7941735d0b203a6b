# Every command first makes the machine able to run it: what is missing is installed.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test up down restart status logs reset backup restore admin check bench faults \
	openapi events sbom migration migrate rotate-keys retry audit format e2e

bootstrap := @sh deploy/native/bootstrap.sh
python := .stack/venv/bin/python
# Who runs the platform, asked once and only by what needs it: ENGINE=docker or ENGINE=native.
engine = $(eval engine := $(shell ENGINE="$(ENGINE)" sh deploy/engine.sh))$(or $(engine),$(error no engine))
native := $(python) deploy/native/run.py
run = $(if $(filter docker,$(engine)),sh deploy/docker/run.sh,$(native))
# Containers need nothing installed here.
ready = $(if $(filter docker,$(engine)),@:,$(bootstrap))
# A module of ours, with the settings of the running platform; the second writes into this checkout.
module = $(run) module
here := $(native) module
scale := $(if $(SCALE),--scale $(SCALE))

help:
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@ / {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-zA-Z0-9_<>%-]+:.*## / {sub(/%/, "<service>", $$1); printf "  %-24s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ The two that matter

demo: ## start everything, play the main journey through the gateway, leave it running
	$(ready)
	@$(run) up $(scale)
	@$(module) demo

test: ## check, then every test: unit, service, contract, repository, end to end, browser
	$(bootstrap) chromium
	@$(python) deploy/native/suite.py test

##@ The platform

up: ## start everything, or bring what runs up to date (SCALE=2: two of each)
	$(ready)
	@$(run) up $(scale)

down: ## end everything; no process stays
	$(ready)
	@$(run) down

restart: ## down, then up
	$(ready)
	@$(run) restart $(scale)

status: ## each process, outbox age, queues, dead letters; fails unless all is well
	$(ready)
	@$(run) status

logs: ## follow the logs (service=auth-service: one of them)
	$(ready)
	@$(run) logs $(service)

reset: ## empty the data; asks first unless YES=1
	$(ready)
	@$(run) reset $(if $(YES),--yes)

backup: ## refuse writes for a moment, put everything into one file
	$(ready)
	@$(run) backup

restore: ## fill an empty stack from such a file: FILE=
	$(ready)
	@$(run) restore $(if $(FILE),"$(FILE)",$(error restore wants FILE=))

admin: ## the first admin outside development: email=
	$(ready)
	@$(module) auth_service.grant_admin $(if $(email),"$(email)",$(error admin wants email=))

rotate-keys: ## a new key signs access tokens in ten minutes; the old one outlives its tokens
	$(ready)
	@$(module) auth_service.rotate_keys

retry: ## set the waiting messages of a handler due now: handler=
	$(ready)
	@$(module) notification_service.retry $(if $(handler),"$(handler)",$(error retry wants handler=))

audit: ## compute the chain of the audit trail anew; known=NUMBER:HASH compares with a noted entry
	$(ready)
	@$(module) notification_service.verify_audit $(if $(known),--known "$(known)")

##@ Daily work

check: ## format, lint, types, import contracts, lock, migrations, compose file, repository rules
	$(bootstrap)
	@$(python) deploy/native/suite.py check

format: ## put the code into its form
	$(bootstrap)
	@$(python) -m ruff format .
	@$(python) -m ruff check --fix .

dev-%: ## one service in the foreground, reloading as its code changes
	$(ready)
	@$(run) dev $*

test-%: ## one package's tests
	$(bootstrap)
	@$(python) deploy/native/suite.py test --only $*

e2e: ## the journeys through the gateway, some of them in a browser
	$(bootstrap) chromium
	@$(python) deploy/native/suite.py test --only tests/e2e

bench: ## the figures: ours, the floor, the ratio
	$(bootstrap)
	@$(python) -m tests.load

faults: ## everything killed: the backbone and the broker at every step; ENGINE=docker: each container
	$(bootstrap)
	@$(if $(filter docker,$(ENGINE)),$(python) -m pytest tests/docker,$(python) -m pytest tests/faults)
	@$(if $(filter docker,$(ENGINE)),:,$(python) -m pytest tests/e2e --minutes)

##@ What is generated

openapi: ## docs/openapi from the services
	$(bootstrap)
	@$(here) servicekit.openapi docs/openapi

events: ## docs/events.md from the contracts
	$(bootstrap)
	@$(here) servicekit.catalogue

sbom: ## .stack/sbom: the Python packages of each image, as CycloneDX, from uv.lock
	$(bootstrap)
	@$(python) deploy/sbom.py

migrate: ## bring every database up to date
	$(ready)
	@$(module) servicekit.migrate

migration: ## write the next migration: service= m=
	$(bootstrap)
	@$(here) servicekit.migrate --service $(if $(service),$(service),$(error migration wants service=)) \
	  --revision $(if $(m),"$(m)",$(error migration wants m=))
