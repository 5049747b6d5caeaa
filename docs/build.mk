# SPDX-License-Identifier: LGPL-2.1-or-later
# Documents that are made from tables, and the test that they have not gone stale.

LINT += docs/gen-fields.c docs/gen-ras.c
TESTS += docs/test-fresh

$(O)/gen-fields: docs/gen-fields.c $(LIB_STATIC)
	$(call say,CC)$(CC) $(CPPFLAGS) $(LIB_CFLAGS) $(WARN) $(CFLAGS) -o $@ $< $(LIB_STATIC) $(NL_LIBS)

$(O)/gen-ras: docs/gen-ras.c dlls/rasapi32/generations.def $(LINKS_STATIC) $(LIB_STATIC)
	$(call say,CC)$(CC) $(CPPFLAGS) $(LINKS_CFLAGS) $(WARN) $(CFLAGS) -o $@ $< $(LINKS_STATIC) \
		$(LIB_STATIC) $(ROUTE_LIBS) $(NL_LIBS)

ALL += $(O)/gen-fields $(O)/gen-ras

.PHONY: docs
docs: $(O)/gen-fields $(O)/gen-ras
	$(O)/gen-fields > docs/fields.md
	$(O)/gen-ras < docs/ras.md.in > docs/ras.md
	$(O)/gen-fields man > libs/tcpestats/man/tcpestats-fields.7
