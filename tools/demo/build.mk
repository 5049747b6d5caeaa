# SPDX-License-Identifier: LGPL-2.1-or-later
# `make demo`: sets the machine up, builds, and shows.

.PHONY: demo-deps demo-only
demo-deps:
	$(Q)tools/install-deps build collector demo

demo: demo-deps
	$(Q)$(MAKE) --no-print-directory demo-only

demo-only: need-host with-windows all
	$(Q)O=$(O) tools/demo/demo.sh
