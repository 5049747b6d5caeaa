#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What check and status say, and what run does, with and without the helper.

# shellcheck disable=SC2016 # for an inner shell
# shellcheck source=tests/wine-estats/lib.sh
. tests/wine-estats/lib.sh
wine_private_net "$@"
estats_prefix

each_side_says() {
    says "64-bit$1" || return 1
    [ "$sides" = system32 ] || says "32-bit$1"
}

one_line_each() {
    [ "$(wc -l <"$wine_tmp/out")" -eq "$(echo "$sides" | wc -w)" ]
}

check "check fails before install" status_is 1 check
check "it says why" each_side_says ": FAILED: Wine's own iphlpapi.dll is in use"

# Without WINEDLLPATH, so the helper is found through run alone.
if [ -e /usr/lib/x86_64-linux-gnu/wine/x86_64-windows/wineestats.dll ]; then
    echo "SKIP: a Wine without the helper: this one has it"
else
    check "install" status_is 0 install
    check "it says that programs need run" says "64-bit     only with 'wine-estats run PROGRAM'"
    check "check finds that it works" status_is 0 check
    check "but with run alone" each_side_says ": ok:"
    check "and says that" says "(only with 'wine-estats run')"
    check "in one line for each kind of program" one_line_each
    check "run gives a program the helper" status_is 0 run \
        "$O/selftest/x86_64/wine-estats-selftest.exe"
    check "and hands on what it says" says "64-bit: ok:"
    check "run hands on the exit status and arguments" status_is 64 run \
        "$O/selftest/x86_64/wine-estats-selftest.exe" --prefix nonsense
fi

export WINEDLLPATH="${WINEDLLPATH:+$WINEDLLPATH:}$O/wine"
check "install" status_is 0 install
check "it says that plain wine will do here" says "64-bit     ready here, because WINEDLLPATH"
check "check finds that it works" status_is 0 check
check "for each kind of program" each_side_says ": ok: 5000 bytes sent and 777 received"
check "in one line each" one_line_each
wine wineboot -u >/dev/null 2>&1 </dev/null
check "also after wineboot -u" status_is 0 check
check "a hidden function is told" env WINE_ESTATS_HIDE=1 sh -c \
    'tools/wine-estats check >"$0" 2>&1; [ $? -eq 1 ]' "$wine_tmp/out"
check "by its name" each_side_says ": FAILED: WINE_ESTATS_HIDE is set"

# The helper without its unix half.
mkdir -p "$wine_tmp/half/x86_64-windows" "$wine_tmp/files"
cp "$O/wine/x86_64-windows/wineestats.dll" "$wine_tmp/half/x86_64-windows"
for part in shim marker selftest; do
    ln -s "$O/$part" "$wine_tmp/files/$part"
done
check "no helper anywhere is told" env WINEDLLPATH="$wine_tmp/half" \
    WINE_ESTATS_DIR="$wine_tmp/files" sh -c \
    'tools/wine-estats check >"$0" 2>&1; [ $? -eq 1 ]' "$wine_tmp/out"
check "for what it is" says "64-bit: FAILED: the functions are there, but their way"

check "uninstall" status_is 0 uninstall
check "install for one program" status_is 0 install --app game.exe
check "check tests it for that" status_is 0 check
check "uninstall" status_is 0 uninstall
check "check fails after it" status_is 1 check
finish
