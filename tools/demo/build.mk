# SPDX-License-Identifier: LGPL-2.1-or-later
# `make demo`: sets the machine up, builds what is shown and no more, and shows it.

DEMO_NEEDS := $(O)/tcpestats $(TOOL_EXE) $(UNIXLIB) $(if $(filter yes,$(unix32)),$(UNIXLIB32)) $(DLLS) \
	$(O)/path-relay $(O)/path-xfer $(if $(filter yes,$(collector)),$(O)/tcpestatsd/tcpestatsd)

.PHONY: demo-deps demo-build demo-only
demo-deps:
	$(Q)tools/install-deps build collector demo

demo: demo-deps
	$(Q)$(MAKE) --no-print-directory $(in_parallel) wine32 demo-build
	$(Q)$(MAKE) --no-print-directory $(in_parallel) demo-only

demo-build: need-host with-windows $(DEMO_NEEDS)

# The picture in README, drawn anew.
.PHONY: picture
picture: demo-deps $(O)/tcpestats $(O)/path-relay $(O)/path-xfer
	$(Q)O=$(O) tools/demo/picture.sh

demo-only: demo-build
	$(Q)O=$(O) tools/demo/demo.sh
