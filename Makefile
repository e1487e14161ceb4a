# One flag set for every build, so that nothing is compiled twice.
export GOFLAGS := -trimpath
export CGO_ENABLED ?= 0
LDFLAGS := -s -w
BIN := bin/huddleguard
FUZZTIME ?= 20s
RUNS ?= 0

.DEFAULT_GOAL := help
.PHONY: help build size check test real bench fuzz torture generate advisories accuracy

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/huddleguard, one static program without cgo
	go build -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/huddleguard

size: build ## print the program's size and fail above 26 MB
	@internal/ci/size $(BIN) 26000000

generate: ## remake what is generated: from the catalogue's pages, and from lists of releases where there are any
	go generate ./checks/catalogue ./checks/release

advisories: ## remake the embedded advisory database; DATA=FOLDER of published records, without it from what is held
	go run ./internal/advisorygen -data '$(DATA)'

accuracy: ## remake docs/accuracy.md from the tables of answers
	go test ./checks -run TestAccuracyPage -update

check: ## the quick test: no root, nothing installed, a few minutes
	@internal/ci/run quick

test: ## everything CI checks; lists what it installs and asks first unless CI=true
	@internal/ci/run full

real: build ## look at Debian's own programs in a throw-away root, update them there, and change their settings and back
	@internal/realtest/run
	@internal/realtest/run update
	@internal/realtest/run harden
	@internal/realtest/run enforce 120

torture: ## make each system call of apply and undo fail, and kill at each; RUNS=n for n of them, spread evenly
	go run ./internal/torture -runs $(RUNS)

bench: ## print what a look costs
	go test -run '^$$' -bench . -benchmem ./...

fuzz: ## run every fuzz target for FUZZTIME (default 20s each)
	@internal/ci/fuzz $(FUZZTIME)
