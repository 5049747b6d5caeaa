# SPDX-License-Identifier: LGPL-2.1-or-later
# libtcpestats: shared and static.

LIB_SRC := $(sort $(wildcard libs/tcpestats/*.c libs/tcpestats/*/*.c))
LIB_OBJ := $(LIB_SRC:libs/tcpestats/%.c=$(O)/lib/%.o)
LIB_CFLAGS = -std=gnu11 -ffile-prefix-map=$(CURDIR)=. -fPIC -fvisibility=hidden -D_GNU_SOURCE $(large_files) \
	-DTCPESTATS_VERSION='"$(VERSION)"' -Iinclude -Ilibs/tcpestats $(NL_CFLAGS)
LIB_SONAME := libtcpestats.so.$(firstword $(subst ., ,$(VERSION)))
LIB_SHARED := $(O)/libtcpestats.so.$(VERSION)
LIB_STATIC := $(O)/libtcpestats.a

ALL += $(LIB_SHARED) $(LIB_STATIC)
LINT += $(wildcard libs/tcpestats/*.[ch] libs/tcpestats/*/*.[ch]) $(wildcard include/*.h)

$(call host_objects,$(O)/lib,libs/tcpestats,LIB_CFLAGS)

$(LIB_STATIC): $(LIB_OBJ)
	$(call say,AR)rm -f $@ && $(AR) rcsD $@ $^

$(LIB_SHARED): $(LIB_OBJ) libs/tcpestats/libtcpestats.map
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(LIB_SONAME) \
		-Wl,--version-script=libs/tcpestats/libtcpestats.map -Wl,-z,defs \
		-o $@ $(LIB_OBJ) $(NL_LIBS)
	$(Q)ln -sf $(@F) $(O)/$(LIB_SONAME) && ln -sf $(@F) $(O)/libtcpestats.so

# A page for each family of functions; the other names of a page are links to it.
LIB_MAN3 := $(wildcard libs/tcpestats/man/*.3)
LIB_MAN7 := libs/tcpestats/man/tcpestats-fields.7
# man_links(page): its other names
man_links = $(shell sed -n 's/^\.Nm \(tcpestats_[a-z_]*\).*/\1/p' $1 | sort -u | \
	grep -vx $(basename $(notdir $1)))
LIB_MAN_LINKS = $(foreach p,$(LIB_MAN3),$(call man_links,$p))

.PHONY: install-lib uninstall-lib install-lib-man
INSTALL_PARTS += install-lib install-lib-man
UNINSTALL += uninstall-lib
install-lib:
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCLUDEDIR)
	install -m 644 $(LIB_SHARED) $(LIB_STATIC) $(DESTDIR)$(LIBDIR)
	ln -sf $(notdir $(LIB_SHARED)) $(DESTDIR)$(LIBDIR)/$(LIB_SONAME)
	ln -sf $(notdir $(LIB_SHARED)) $(DESTDIR)$(LIBDIR)/libtcpestats.so
	install -m 644 include/tcpestats.h include/tcpestats-fields.h $(DESTDIR)$(INCLUDEDIR)
	sed -e 's|@prefix@|$(PREFIX)|' -e 's|@libdir@|$(LIBDIR)|' \
		-e 's|@includedir@|$(INCLUDEDIR)|' -e 's|@version@|$(VERSION)|' \
		libs/tcpestats/tcpestats.pc.in > $(DESTDIR)$(LIBDIR)/pkgconfig/tcpestats.pc
	chmod 644 $(DESTDIR)$(LIBDIR)/pkgconfig/tcpestats.pc

install-lib-man:
	install -d $(DESTDIR)$(MANDIR)/man3 $(DESTDIR)$(MANDIR)/man7
	install -m 644 $(LIB_MAN3) $(DESTDIR)$(MANDIR)/man3
	install -m 644 $(LIB_MAN7) $(DESTDIR)$(MANDIR)/man7
	$(foreach p,$(LIB_MAN3),$(foreach l,$(call man_links,$p),\
		ln -sf $(notdir $p) $(DESTDIR)$(MANDIR)/man3/$l.3 &&)) :

uninstall-lib:
	rm -f $(addprefix $(DESTDIR)$(MANDIR)/man3/,$(notdir $(LIB_MAN3)) $(LIB_MAN_LINKS:=.3)) \
		$(DESTDIR)$(MANDIR)/man7/$(notdir $(LIB_MAN7))
	rm -f $(addprefix $(DESTDIR)$(LIBDIR)/,$(notdir $(LIB_SHARED) $(LIB_STATIC)) $(LIB_SONAME) \
		libtcpestats.so pkgconfig/tcpestats.pc)
	rm -f $(DESTDIR)$(INCLUDEDIR)/tcpestats.h $(DESTDIR)$(INCLUDEDIR)/tcpestats-fields.h
