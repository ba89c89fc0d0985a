.PHONY: report test lint samples docs bench bench-pack bench-report bench-policy bench-collect bench-scale formats fuzz mutants clean

PYTHON = .venv/bin/python
REPORTGEN = .venv/bin/reportgen

# Many a test starts Python anew: what it compiled is kept, also where the machine says otherwise.
test: export PYTHONDONTWRITEBYTECODE =

# The sample organisation's quarterly report, from nothing, in out/.
report:
	@bash .ci/setup report
	@rm -rf out/sample
	@$(REPORTGEN) init --sample out/sample
	@$(REPORTGEN) report --config out/sample/reportgen.yaml --period quarterly --ending 2026-09-30 --store out/sample/store --out out

# Types are checked while the first tests run; said at the end.
test:
	@bash .ci/setup test
	@$(PYTHON) -m ruff check reportgen tests bench samples
	@$(PYTHON) -m ruff format --check reportgen tests bench samples
	@types=$$(mktemp); $(PYTHON) -m mypy >$$types 2>&1 & checked=$$!; \
	$(PYTHON) -m pytest -n 2 --dist loadfile --no-loadscope-reorder; failed=$$?; \
	wait $$checked || failed=1; cat $$types; rm -f $$types; exit $$failed

lint:
	@bash .ci/setup test
	@$(PYTHON) -m ruff check --fix reportgen tests bench samples
	@$(PYTHON) -m ruff format reportgen tests bench samples
	@$(PYTHON) -m mypy

# Writes samples/organisation again from the story in samples/make_samples.py.
samples:
	@bash .ci/setup test
	@$(PYTHON) samples/make_samples.py

# The pages that are written from the code; tests hold them fresh. The site of all controls and
# frameworks, with a search, in out/docs: open out/docs/index.html.
docs:
	@bash .ci/setup test
	@$(PYTHON) -m reportgen.sources.describe > docs/sources.md
	@$(PYTHON) -m reportgen controls site --out out/docs

bench:
	@bash .ci/setup test
	@$(PYTHON) -m bench

# The three reports, 100 accounts with 20,000 findings, a large workbook.
bench-report:
	@bash .ci/setup test
	@$(PYTHON) -m bench.report

# First and later reports of large stores; a thousand accounts: ARGUMENTS="--accounts 1000".
bench-scale:
	@bash .ci/setup test
	@$(PYTHON) -m bench.scale $(ARGUMENTS)

# Requests, seconds and memory of collecting one account and many.
bench-collect:
	@bash .ci/setup test
	@$(PYTHON) -m bench.collect

# A pack made, checked beside plain SHA-256, and judged again; an organisation's of 2 GB:
# ARGUMENTS="--accounts 50 --principals 2000".
bench-pack:
	@bash .ci/setup test
	@$(PYTHON) -m bench.pack $(ARGUMENTS)

# The policy engine beside its peers, which get an environment of their own.
bench-policy:
	@bash .ci/setup test
	@test -x .venv-peers/bin/parliament || { $(PYTHON) -m venv .venv-peers && .venv-peers/bin/pip install --quiet --require-hashes -r bench/peers.txt; }
	@$(PYTHON) -m bench.policy

# OSCAL and OCSF of the sample, held against validators of others in an environment of their own.
formats:
	@bash .ci/setup test
	@test -x .venv-formats/bin/python || { $(PYTHON) -m venv .venv-formats && .venv-formats/bin/pip install --quiet --require-hashes -r bench/formats.txt; }
	@$(PYTHON) -m bench.formats

# Changes one operator at a time and lists the changes that no test notices (an hour and more).
mutants:
	@bash .ci/setup test
	@$(PYTHON) -m bench.mutants

# Damaged policies through the policy engine: COUNT documents of SEED, at most SECONDS of CPU time.
COUNT = 1000000
SEED = 1
SECONDS = 0
fuzz:
	@bash .ci/setup test
	@$(PYTHON) -m bench.fuzz --count $(COUNT) --seed $(SEED) --seconds $(SECONDS)

clean:
	rm -rf .venv .venv-peers out dist build
