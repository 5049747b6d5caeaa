# SPDX-License-Identifier: LGPL-2.1-or-later
# Completions for bash, zsh and fish, made from what --help prints, which comes from the tables of
# commands. They are kept beside their generator, so that a build for another machine need not run
# what it has built.

COMP_DIR := tools/completions

.PHONY: completions
completions: $(O)/tcpestats
	$(Q)for shell in bash zsh fish; do \
		case $$shell in zsh) name=_ ;; *) name= ;; esac; \
		for program in $(O)/tcpestats tools/wine-estats; do \
			$$program --help | $(COMP_DIR)/generate -v shell=$$shell \
				> $(COMP_DIR)/$$shell/$$name$${program##*/} || exit 1; done; done

ifeq ($(completions),yes)
INSTALL_PARTS += install-completions-tcpestats
INSTALL_WINDOWS += install-completions-wine-estats
endif
UNINSTALL += uninstall-completions

# put_completions(program)
define put_completions
	install -D -m 644 $(COMP_DIR)/bash/$1 $(DESTDIR)$(BASHCOMPDIR)/$1
	install -D -m 644 $(COMP_DIR)/zsh/_$1 $(DESTDIR)$(ZSHCOMPDIR)/_$1
	install -D -m 644 $(COMP_DIR)/fish/$1 $(DESTDIR)$(FISHCOMPDIR)/$1.fish
endef

.PHONY: install-completions-tcpestats install-completions-wine-estats uninstall-completions
install-completions-tcpestats:
	$(call put_completions,tcpestats)

install-completions-wine-estats:
	$(call put_completions,wine-estats)

uninstall-completions:
	rm -f $(foreach p,tcpestats wine-estats,$(DESTDIR)$(BASHCOMPDIR)/$p \
		$(DESTDIR)$(ZSHCOMPDIR)/_$p $(DESTDIR)$(FISHCOMPDIR)/$p.fish)
