# `make run` and `make test` are all that a newcomer needs; both install what is missing.
.PHONY: run build web build-tests test test-long test-swift test-swift-sockets test-swift-others test-web test-browser test-leaks figures fuzz bench dist test-dist screenshot clean

# Relay, mock provider and console together; prints the address to open. PORT=0 lets the system choose.
PORT ?= 8080
run: build
	exec .build/debug/avatar-relay dev --port $(PORT) --web-root .build-web

# The two programs and the web files, and no test. One build for both, since the second would plan everything again.
build:
	.ci/install build
	web/build
	ONLY_TARGETS=avatar-relay,mock-provider swift build

# Client and console as one file each, in .build-web: what `--web-root` names.
web:
	.ci/install web
	web/build

# Programs and tests at once.
build-tests:
	swift build --build-tests

# Everything is built once; then three kinds of tests run side by side, each with its output in one piece, since most of
# them wait for something more often than they compute. They begin in this order, the longest first; what is for the web
# follows when the first of the Swift tests are done. What plays thousands of seeds or kills plays a part of them here, and
# all of them in test-long.
test:
	.ci/install test
	$(MAKE) build-tests
	SEEDS=500 KILLS=24 $(MAKE) --jobs=3 --output-sync=target --old-file=build-tests test-browser test-swift test-web

# As many seeds and kills as docs/reliability.md states, and what holds C memory under the sanitizer.
test-long:
	.ci/install test
	$(MAKE) build-tests
	swift test --skip-build --no-parallel --filter 'SimulationTests|ResumeScheduleTests|KillTests'
	$(PYTEST) Tests/EndToEndTests/resume/test_kill.py
	HOSTILE_SECONDS=60 $(PYTEST) Tests/EndToEndTests/hostile
	$(MAKE) test-leaks

# Every Swift test: units, sockets on loopback, documents, architecture. Two processes of about the same length, in each of
# which there is one at a time, since some count the descriptors and the memory of theirs. Nothing is written that SwiftPM
# locks, once everything is built.
SOCKETS = IntegrationTests|TransportTests
test-swift: test-swift-sockets test-swift-others
test-swift-sockets: build-tests
	swift test --skip-build --ignore-lock --no-parallel --filter '$(SOCKETS)'
test-swift-others: build-tests
	swift test --skip-build --ignore-lock --no-parallel --skip '$(SOCKETS)'

# The browser client under Node, the type check of everything in web/, the package in projects of others, the console in a
# real Chromium beside a relay of the test's own, and the examples and the kits.
test-web: build-tests
	node --test web/tests/*.test.js
	web/tests/typecheck
	web/tests/package/check
	$(PYTEST) web/tests/page
	examples/check

# Several at once, each with a browser, programs and a network of its own. Whoever is done takes tests from another, so that
# none is left to work alone at the end. What pytest compiles is kept, whatever the environment says, since each of them would
# compile it anew. What tests make up from a seed depends on the order of sets, so that has a seed, too.
PYTEST = PYTHONDONTWRITEBYTECODE= PYTHONHASHSEED=13 .build-venv/bin/python -m pytest -q --numprocesses=2 --dist=worksteal --durations=15

# The real programs with a real Chromium and an independent Python client. Three at once, since they wait for half of their
# time, and are the longest of the three kinds.
test-browser: build-tests
	$(PYTEST) --numprocesses=3 Tests/EndToEndTests Tests/Figures Tests/Benchmarks

# The tests that hold C memory, under AddressSanitizer with leak detection; they and what they need are compiled for it, and
# nothing else. XCTest's own runner leaks, so it stays out; so does the test that weighs the process, since the sanitizer
# keeps freed memory for a while, and those that kill hundreds of relays or make ten thousand connections, which takes
# minutes there.
SANITIZED = TransportTests CryptographyTests LedgerSQLiteTests MockPeerTests IntegrationTests
comma := ,
space := $(subst ,, )
test-leaks:
	ONLY_TARGETS=$(subst $(space),$(comma),$(SANITIZED)),avatar-relay \
	  LSAN_OPTIONS=suppressions=$(CURDIR)/Tests/leaks.supp:print_suppressions=0 swift test --sanitize=address \
	  --scratch-path .build-asan --disable-xctest --no-parallel \
	  --filter '$(subst $(space),|,$(SANITIZED))' --skip 'memoryStaysFlat|tenThousandConnections|KillTests'

# Measures what docs/reliability.md states, and writes its tables: simulated lives, kills, a group of relays, times to
# resume. Takes about ten minutes after the build; fails, and writes nothing, when one of them is not as it must be.
# After that, GO_ON=1 keeps what was measured before it.
figures:
	.ci/install test
	swift build
	Tests/Figures/write_reliability.py

# Coverage-guided fuzzing of what strangers send; SECONDS a target.
SECONDS ?= 60
fuzz:
	Tests/Fuzz/run $(SECONDS)

bench:
	.ci/install bench
	bash Benchmarks/run

# Everything that is released, in dist/: a Debian package, a Python wheel, npm packages, a Containerfile, what is inside,
# and sums. Swift's libraries are linked in. Takes minutes to compile.
dist:
	.ci/install dist
	packaging/dist

# Installs, runs, and removes each of them in a Debian 12 that has nothing else.
test-dist:
	.ci/install test-dist
	[ -f dist/SHA256SUMS ] || $(MAKE) dist
	packaging/test

# The README's picture of the console, taken anew.
screenshot: build
	.ci/install test
	.build-venv/bin/python -m pytest -q Tests/EndToEndTests/browser/test_screens.py -k 'talk and light'
	cp .build-screens/light-4-speaking.png docs/images/console.png

clean:
	rm -rf .build .build-* dist
