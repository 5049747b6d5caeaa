# SPDX-License-Identifier: LGPL-2.1-or-later
# Documents that are made from tables, and the test that they have not gone stale.

LINT += docs/gen-fields.c docs/gen-ras.c
TESTS += docs/test-fresh

$(call host_objects,$(O)/docs,docs,LINKS_CFLAGS)

$(O)/gen-fields: $(O)/docs/gen-fields.o $(LIB_STATIC)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(NL_LIBS)

$(O)/gen-ras: $(O)/docs/gen-ras.o $(LINKS_STATIC) $(LIB_STATIC)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(ROUTE_LIBS) $(NL_LIBS)

ALL += $(O)/gen-fields $(O)/gen-ras

.PHONY: docs
docs: $(O)/gen-fields $(O)/gen-ras
	$(O)/gen-fields > docs/fields.md
	$(O)/gen-ras < docs/ras.md.in > docs/ras.md
	$(O)/gen-fields man > libs/tcpestats/man/tcpestats-fields.7
