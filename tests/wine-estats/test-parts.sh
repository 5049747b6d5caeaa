#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One DLL without the other, in and out.

# shellcheck source=tests/wine-estats/lib.sh
. tests/wine-estats/lib.sh
wine_private_net "$@"
estats_prefix
remember
others=${WINEDLLPATH:-}
WINEDLLPATH="${others:+$others:}$O/wine" && export WINEDLLPATH

check "install without rasapi32" status_is 0 install --without rasapi32
check "puts iphlpapi there" all_shims iphlpapi
check "and not the other" no_shims rasapi32
check "nor its override" test -z "$(override DllOverrides rasapi32)"
check "status is content" status_is 0 status
check "and says what was left out" says "rasapi32   left out"
check "check is content" status_is 0 check
check "and speaks of TCP alone" sh -c "! grep -q RAS '$wine_tmp/out'"
check "install then adds what was left out" status_is 0 install
check "so that both are there" all_shims
check "check is content" status_is 0 check
check "and speaks of both" says "; 0 RAS connections"
check "uninstall takes one away" status_is 0 uninstall --without iphlpapi
check "and leaves the other" all_shims iphlpapi
check "and nothing of the first" no_shims rasapi32
check "status is content" status_is 0 status
check "uninstall takes the other" status_is 0 uninstall
check "and leaves all as it was" as_before

check "install without iphlpapi, as a file name" status_is 0 install --without=IPHLPAPI.DLL
check "puts rasapi32 there" all_shims rasapi32
check "and not the other" no_shims iphlpapi
check "check is content" status_is 0 check
check "and speaks of RAS alone" says "-bit: ok: 0 RAS connections"
check "without a helper it says so" env WINEDLLPATH="$others" \
    WINE_ESTATS_DIR="$wine_tmp/nowhere" sh -c "mkdir -p '$wine_tmp/nowhere'
    ln -sf '$O/selftest' '$wine_tmp/nowhere/'; tools/wine-estats check >'$wine_tmp/out' 2>&1
    [ \$? -eq 1 ]"
check "uninstall takes it" status_is 0 uninstall
check "and leaves all as it was" as_before

check "for one program: both" status_is 0 install --app game.exe
check "for another: one of them" status_is 0 install --app tool.exe --without rasapi32
check "which is so" test "$(override 'AppDefaults\tool.exe\DllOverrides')" = native,builtin
check "the other is not" test -z "$(override 'AppDefaults\tool.exe\DllOverrides' rasapi32)"
check "the first program needs neither any more" status_is 0 uninstall --app game.exe
check "the second keeps its own" all_shims iphlpapi
check "what is for nobody is gone" no_shims rasapi32
check "status is content" status_is 0 status
check "uninstall takes the rest" status_is 0 uninstall --app tool.exe
check "and leaves all as it was" as_before

check "leaving out all is refused" status_is 2 install --without iphlpapi --without rasapi32
check "leaving out what is not ours is refused" status_is 2 install --without user32
check "there is nothing to leave out of check" status_is 2 check --without rasapi32
finish
