# `make chat` and `make test` are all one needs; `make help` lists the rest.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
# Two builds at once would only wait for each other.
.NOTPARALLEL:

# One configuration for the program and its tests: nothing is compiled twice, and the model runs at full speed.
CONFIGURATION := release
FATHOM := .build/$(CONFIGURATION)/fathom
# Python for the set-up and the tests, apart from the system's own.
VENV := .venv
# A model that is there already: the one that ships, or else the one that `make model` made.
MODEL := $(firstword $(wildcard assets/models/*.gguf .model/smollm2-135m-mod.gguf \
    .model/smollm2-135m-mod-00001-of-*.gguf))

# Where `make install` puts things; DESTDIR, empty for users, is a folder that stands for the root.
PREFIX := /usr/local
export DESTDIR

# Runs tests that are built; the tools that some compare with lie in VENV.
SWIFT_TEST = PATH="$(CURDIR)/$(VENV)/bin:$$PATH" \
    swift test --configuration $(CONFIGURATION) --skip-build --disable-xctest

# How long `make torture` goes on with each kind.
MINUTES := 60

# What the training begins with, and how its parts are run.
BASE := .model/base/SmolLM2-135M-Instruct.Q4_1.gguf
RECIPE := cd assets && ../$(VENV)/bin/python -m recipe.

ifeq ($(shell uname -s),Darwin)
# Homebrew keeps its ncurses out of the way of the system's.
export PKG_CONFIG_PATH := $(shell brew --prefix ncurses 2>/dev/null)/lib/pkgconfig:$(PKG_CONFIG_PATH)
endif

.PHONY: help chat test build install uninstall model train train-stop train-status lint format clean packages test-packages \
    tests check-kernels check-install check-fuzzing torture bench-kernels

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

chat: build $(or $(MODEL),model) ## build fathom and chat; ARGS="--continue" and the like are passed on
	@exec $(FATHOM) chat $(ARGS)

test: test-packages lint tests check-kernels check-fuzzing build $(or $(MODEL),model) check-install $(VENV)/tools ## check the style, build and run all tests
# What drives the whole program keeps the processors busy; beside other tests it would wait in vain.
	@$(SWIFT_TEST) --filter EndToEndTests.Torture
	@$(SWIFT_TEST) --filter EndToEndTests --skip EndToEndTests.Torture
	@$(SWIFT_TEST) --skip EndToEndTests

check-kernels: packages ## hold all kernel sets to the portable one, those for ARM under qemu
	@Tests/KernelCheck/run
# The benchmarks are tried, too, lest they stop working unnoticed.
	@Benchmarks/Kernels/run --seconds 1 --only 192 >/dev/null

check-fuzzing: packages ## throw made-up bytes at what reads files, keys and texts, 20 seconds each
	@Tests/Fuzzing/run --seconds 20

torture: tests build ## torment fathom for MINUTES (60) of each kind: bytes, kill -9, faulty disks, five programs at once
	@Tests/Fuzzing/run --seconds $$(( $(MINUTES) * 60 ))
	FATHOM_TORTURE_MINUTES=$(MINUTES) $(SWIFT_TEST) --filter "EndToEndTests.Torture|MutationTests"

bench-kernels: packages ## time every kernel; AGAINST=revision compares with that one's, ARGS="--only attend" and the like
	@AGAINST="$(AGAINST)" Benchmarks/Kernels/run $(ARGS)

# Under sudo there may be no swift; what was built before is installed then.
install: $(if $(shell command -v swift),build) ## install fathom, its model, manual and completions below PREFIX (/usr/local)
	@.setup/install $(FATHOM) "$(PREFIX)"

uninstall: ## take away what `make install` installed below PREFIX
	@.setup/uninstall "$(PREFIX)"

check-install: build $(or $(MODEL),model) ## try installing into a temporary folder, and taking it away again
	@Tests/Install/run $(FATHOM)

build: packages ## build fathom
	swift build --configuration $(CONFIGURATION) --product fathom

lint: packages ## check the style
	swift format lint --strict --parallel --recursive Package.swift Sources Tests
# It leaves the length of comments alone.
	@! LC_ALL=C.UTF-8 grep -rnE --include=*.swift --include=*.[ch] --include=*.inc '^.{121,}' Sources Tests | grep -E ':[0-9]+: *//' \
	    || { echo "These comments have more than 120 columns." >&2; exit 1; }

format: packages ## put the style right
	swift format --in-place --parallel --recursive Package.swift Sources Tests

clean: ## delete everything made, the model too
	rm -rf .build .model $(VENV)

model: build $(VENV)/ready ## make a model with first routers in .model/ from the dense base, if there is none there
	@$(VENV)/bin/python .setup/model.py $(FATHOM)

train: $(VENV)/recipe $(BASE) ## train the weights in the background, or go on with it; TEXT=folder where there is no corpus yet
	@$(RECIPE)background start $(if $(TEXT),--text $(abspath $(TEXT))) $(ARGS)

train-stop: ## stop the training and save; do so before timings
	@$(RECIPE)background stop $(ARGS)

train-status: ## how far the training is, and its learning curve
	@$(RECIPE)background status $(ARGS)

$(BASE): $(VENV)/ready
	@$(VENV)/bin/python .setup/model.py

$(VENV)/recipe: $(VENV)/ready assets/recipe/requirements.txt
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement assets/recipe/requirements.txt
	@touch $@

packages:
	@.setup/packages swift libraries

test-packages:
	@.setup/packages swift libraries python tmux strace groff

tests: test-packages
	swift build --configuration $(CONFIGURATION) --build-tests

ifneq ($(shell $(VENV)/bin/python -c 'print("sound")' 2>/dev/null),sound)
# There is none yet, or the Python it was made with is gone.
.PHONY: $(VENV)/ready
endif
$(VENV)/ready:
	@.setup/packages python
	python3 -m venv --clear $(VENV)
	@touch $@

$(VENV)/tools: $(VENV)/ready Tests/requirements.txt
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement Tests/requirements.txt
	@touch $@
