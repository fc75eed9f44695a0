# Shorthands for those who change the code; to regenerate the results, see README.md.

.PHONY: help test quick check format docs lock clean

help:  ## List these targets.
	@awk -F ':  ## ' '/^[a-z]+:  ## / {printf "  make %-8s%s\n", $$1, $$2}' Makefile

test:  ## Run all tests, some minutes on all cores.
	python3 -m pytest

quick:  ## Run the tests that drive no Snakemake, about a minute.
	python3 -m pytest --ignore tests/workflow --ignore tests/durability --ignore tests/test_readme.py

check:  ## Run the linters, as CI does.
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile workflow
	snakemake --lint
	mypy
	lint-imports

format:  ## Format the code, and mend what the linter can.
	ruff check --fix .
	ruff format .
	snakefmt Snakefile workflow

docs:  ## Write docs/configuration.md, the schema for editors and docs/api.md from the code.
	python3 tools/configuration.py
	python3 tools/api.py

lock:  ## Pin every package with the hashes of its files; needs uv.
	@echo 'setuptools>=77' | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes -c constraints.txt \
		--no-header --no-annotate --no-emit-index-url --extra slurm --extra test -o requirements.lock pyproject.toml -

clean:  ## Remove the caches of tools. What is in results/ stays.
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
