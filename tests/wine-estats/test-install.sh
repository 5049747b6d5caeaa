#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Into a prefix, and out again without a trace.

# shellcheck source=tests/wine-estats/lib.sh
. tests/wine-estats/lib.sh
wine_private_net "$@"
estats_prefix
remember

mv "$WINEPREFIX/system.reg" "$wine_tmp/system.reg"
(
    until [ -s "$wine_tmp/out" ]; do sleep 0.1; done
    mv "$wine_tmp/system.reg" "$WINEPREFIX/system.reg"
) &
check "a prefix whose registry Wine has yet to write is waited for" status_is 1 status
check "and that is said" says "waiting for Wine to write the registry"
wait

check "status says no before" status_is 1 status
check "status says so in words" says "installed  no"
check "uninstall of nothing is no error" status_is 0 uninstall

check "install succeeds" status_is 0 install
check "each folder has our DLL" all_shims
check "the override is set" test "$(override DllOverrides)" = native,builtin
check "for both" test "$(override DllOverrides rasapi32)" = native,builtin
check "status says yes" status_is 0 status
check "status names whom it is for" says "for every program"
check "status finds the files intact" says "system32   iphlpapi.dll: intact"

for part in marker selftest wine shim; do
    mkdir -p "$wine_tmp/files"
    cp -r "$O/$part" "$wine_tmp/files/$part"
done
WINE_ESTATS_DIR=$wine_tmp/files && export WINE_ESTATS_DIR
printf x >>"$WINE_ESTATS_DIR/shim/x86_64/iphlpapi.dll"
check "status succeeds with files of another version" status_is 0 status
check "and says so" says "system32   iphlpapi.dll: intact, but of another version"
rm "$WINE_ESTATS_DIR/shim/x86_64/iphlpapi.dll"
check "also without the file that it installed" status_is 0 status
check "and says which is missing" says "shim/x86_64/iphlpapi.dll is missing"
unset WINE_ESTATS_DIR

snapshot >"$wine_tmp/installed"
check "a second install succeeds" status_is 0 install
snapshot >"$wine_tmp/again"
check "and changes nothing" diff "$wine_tmp/installed" "$wine_tmp/again"

wine wineboot -u >/dev/null 2>&1 </dev/null
check "wineboot -u leaves our DLL alone" all_shims
check "and all is as installed" status_is 0 status

printf x >>"$windows/system32/iphlpapi.dll"
check "status finds an altered file" status_is 1 status
check "status says which" says "system32   iphlpapi.dll: altered since"
check "install repairs it" status_is 0 install
check "so that it is whole" all_shims
rm "$windows/system32/wine-estats/iphlpapi.dll"
check "status misses the marker" status_is 1 status
check "install puts it back" status_is 0 install
check "so that all is well" status_is 0 status

wine "$reg" delete 'HKCU\Software\Wine\DllOverrides' /v iphlpapi /f >/dev/null 2>&1 </dev/null
check "status misses the override" status_is 1 status
check "status says what is gone" says "override   iphlpapi, every program: gone"
check "install sets it again" status_is 0 install

check "uninstall succeeds" status_is 0 uninstall
check "and leaves all as it was, byte for byte" as_before
check "a second uninstall is no error" status_is 0 uninstall
check "and changes nothing either" as_before

if [ -e "$O/wine32/i386-unix" ]; then
    echo "SKIP: a prefix without 32-bit programs: Wine itself is one here"
elif [ "$sides" = "system32 syswow64" ]; then
    mv "$windows/syswow64" "$windows/syswow64.away"
    mkdir "$windows/syswow64"
    check "a prefix without 32-bit programs takes the 64-bit DLL" status_is 0 install
    check "and is told how to get the other" says "32-bit     not in this prefix"
    check "nothing is put where Wine has put nothing" test -z "$(ls "$windows/syswow64")"
    rmdir "$windows/syswow64"
    mv "$windows/syswow64.away" "$windows/syswow64"
    check "once there are some, status asks for install" status_is 1 status
    check "which then serves them too" status_is 0 install
    check "by our DLL" all_shims
    check "uninstall takes out both" status_is 0 uninstall
    check "and leaves all as it was" as_before
fi
finish
