# SPDX-License-Identifier: LGPL-2.1-or-later
# Documents that are made from tables, and the test that they have not gone stale.

LINT += docs/gen-fields.c
TESTS += docs/test-fresh

$(O)/gen-fields: docs/gen-fields.c $(LIB_STATIC)
	$(call say,CC)$(CC) $(CPPFLAGS) $(LIB_CFLAGS) $(WARN) $(CFLAGS) -o $@ $< $(LIB_STATIC) $(NL_LIBS)

ALL += $(O)/gen-fields

.PHONY: docs
docs: $(O)/gen-fields
	$(O)/gen-fields > docs/fields.md
	$(O)/gen-fields man > libs/tcpestats/man/tcpestats-fields.7
