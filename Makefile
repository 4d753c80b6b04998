# make demo    the main job on a real file, from nothing: makes .venv, compiles llama.cpp once, runs the demo
# make test    the same for the test suite
# Other Python: make demo PYTHON=python3.12      GPU build: CMAKE_ARGS="-DGGML_CUDA=on" make demo

PYTHON ?= python3
ifeq ($(OS),Windows_NT)
RUN = .venv/Scripts/python.exe
else
RUN = .venv/bin/python
endif

.PHONY: demo test install install-test bench clean

demo: install
	$(RUN) -m foretoken demo

test: install-test
	$(RUN) tests/editors/get_neovim.py --if-possible
	$(RUN) -m pytest

install:
	@$(PYTHON) server/install/environment.py

install-test:
	@$(PYTHON) server/install/environment.py --test

bench: install-test
	$(RUN) tests/benchmarks/keystroke.py
	$(RUN) tests/benchmarks/cold_start.py
	$(RUN) tests/benchmarks/runtime.py

clean:
	rm -rf .venv .wheels .pytest_cache build dist
