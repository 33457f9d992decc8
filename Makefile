# Each target does all of its own set-up, once: a virtual environment in .venv with the versions of constraints.txt.
BIN := .venv/bin
STAMPS := .venv/stamps
BEGUN := .venv/begun
SOURCES := src tests benchmarks .ci
FONT := .venv/share/fonts/NotoColorEmoji.ttf
FONT_PACKAGE := fonts-noto-color-emoji
FONT_VERSION := 2.042*

.NOTPARALLEL:
.PHONY: help demo test font long lint docs publish benchmark clean

help:
	@echo "make demo       install, train an agent on bandits, compare it with the references, write a report"
	@echo "make test       install what the tests need, and run them"
	@echo "make long       the reproductions that take minutes to hours"
	@echo "make lint       style, form and types"
	@echo "make docs       build the documentation into site/, and see that it asks nothing of other hosts"
	@echo "make benchmark  measure the trainer's speed against others"
	@echo "make clean      remove the environment and what was built (never runs/)"

# The first folder that holds no finished demo: what was interrupted is resumed, what is finished is kept.
demo: $(STAMPS)/package
	@out=runs/demo; n=1; \
	while [ -e "$$out/report.html" ]; do n=$$((n + 1)); out=runs/demo-$$n; done; \
	$(BIN)/prefrontal run bandit-independent --preset quick --out "$$out" --resume && \
	echo "Open $(CURDIR)/$$out/report.html in a browser."

# A process for each core: what takes long in the tests is to compile, on one core. A file's tests stay together.
test: $(STAMPS)/test font
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

long: $(STAMPS)/test
	$(BIN)/pytest -m long

lint: $(STAMPS)/test
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/pyright

docs: $(STAMPS)/docs
	$(BIN)/mkdocs build --strict --quiet
	$(BIN)/python .ci/offline.py site

publish: $(STAMPS)/package
	$(BIN)/python -m prefrontal.report.publish $(OUT)

benchmark: $(STAMPS)/package
	$(BIN)/python benchmarks/run.py

clean:
	rm -rf .venv site build dist .cache .pytest_cache .ruff_cache .hypothesis

$(STAMPS)/package: pyproject.toml constraints.txt | $(STAMPS)
	$(BIN)/pip install --quiet --no-compile --constraint constraints.txt --editable .
	@touch $@

$(STAMPS)/%: pyproject.toml constraints.txt | $(STAMPS)
	$(BIN)/pip install --quiet --no-compile --constraint constraints.txt --editable '.[$*]'
	@touch $@

# Emoji for Harlow's task: from Debian's package, put into the environment, unless the system has them. All can
# do without: stripes stand in for them, and the tests that look at emoji are skipped.
font:
	@find_font='from prefrontal.tasks.images.emoji import find_font; raise SystemExit(find_font() is None)'; \
	[ -e $(FONT) ] || $(BIN)/python -c "$$find_font" 2> /dev/null || $(MAKE) --silent $(FONT) 2> /dev/null || \
	echo "No font with emoji could be fetched: the tests that need one are skipped"

# Its version is Debian 12's, with which the results were made; or else the newest that there is.
$(FONT):
	apt="timeout 60 apt-get -qq -o Acquire::Retries=0 -o APT::Sandbox::User="; unpacked=$(CURDIR)/.venv/apt; \
	rm -rf $$unpacked; mkdir -p $$unpacked/lists/partial $$unpacked/archives/partial $(@D); cd $$unpacked; \
	fetch() { \
		$$apt "$$@" download '$(FONT_PACKAGE)=$(FONT_VERSION)' || $$apt "$$@" download $(FONT_PACKAGE); \
	}; \
	lists="-o Dir::State::Lists=$$unpacked/lists -o Dir::Cache=$$unpacked"; \
	{ fetch || { $$apt $$lists update && fetch $$lists; } } && dpkg-deb -x $(FONT_PACKAGE)_*.deb . && \
	mv usr/share/fonts/truetype/noto/NotoColorEmoji.ttf $(CURDIR)/$@; \
	rm -rf $$unpacked; [ -e $(CURDIR)/$@ ]

# An environment whose making was interrupted has no pip that works: it is made anew, for venv mends none.
$(STAMPS):
	@if [ -e .venv ] && [ ! -e $(BEGUN) ]; then \
		if $(BIN)/pip --version > /dev/null 2>&1; then mkdir -p $@; exit; fi; \
		echo ".venv has no pip that works. Remove it, or install pip into it, and try again" >&2; exit 1; \
	fi; \
	rm -rf .venv; \
	for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then \
			echo "Making .venv with $$($$python --version)"; mkdir .venv && touch $(BEGUN) && \
			$$python -m venv .venv && rm $(BEGUN) && mkdir -p $@; exit; \
		fi; \
	done; \
	echo "No Python of 3.11 or newer was found. Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1
