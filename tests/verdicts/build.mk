# SPDX-License-Identifier: LGPL-2.1-or-later
# What `tcpestats why` says of causes that are made on the path emulator. A few of them with every
# `make check`; all of them, and the table in docs/why.md, by `make check-verdicts`. And the whole way
# of one transfer, from being recorded to being judged.

TESTS += tests/verdicts/test-verdicts.sh tests/verdicts/test-story.sh
TESTS_ALONE += tests/verdicts/test-verdicts.sh # transfers that starve are held back by the machine

.PHONY: check-verdicts
check-verdicts: $(O)/tcpestats $(O)/path-relay $(O)/path-xfer \
	$(if $(filter yes,$(collector)),$(O)/tcpestatsd/tcpestatsd)
	$(Q)O=$(O) tests/verdicts/matrix.sh --table=$(O)/verdicts.md
	$(Q)tests/verdicts/put-table $(O)/verdicts.md docs/why.md
