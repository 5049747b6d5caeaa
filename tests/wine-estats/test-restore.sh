#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the user had, or did meanwhile, is the user's.

# shellcheck source=tests/wine-estats/lib.sh
. tests/wine-estats/lib.sh
wine_private_net "$@"
estats_prefix
ask_no_program
keep_originals
stock=$wine_tmp/stock.dll
cp -p "$windows/system32/iphlpapi.dll" "$stock"
cp -p "$stock" "$wine_tmp/stock-too.dll"

# As after an uninstall, without the time that one takes.
back_to_stock() {
    for dll in $dlls; do
        find "$windows/system32" "$windows/syswow64" -maxdepth 1 -iname "$dll.*" -delete
    done
    rm -rf "$WINEPREFIX/wine-estats" "$windows/system32/wine-estats" "$windows/syswow64/wine-estats"
    for folder in $sides; do
        for dll in $dlls; do
            cp -p "$wine_tmp/original/$folder-$dll" "$windows/$folder/$dll.dll"
        done
    done
    wine "$reg" delete 'HKCU\Software\Wine\DllOverrides' /f >/dev/null 2>&1 </dev/null
}

# A DLL that is not Wine's, for it lacks Wine's mark.
native() {
    cp "$stock" "$1"
    printf 'Some other maker' | dd of="$1" bs=1 seek=64 conv=notrunc 2>/dev/null
    chmod 640 "$1"
    touch -d '2001-02-03 04:05:06' "$1"
}

native "$wine_tmp/native.dll"
native "$windows/system32/iphlpapi.dll"
set_override DllOverrides builtin
remember
check "a native DLL is no obstacle to install" status_is 0 install
check "ours is in its place" is_shim system32
check "the override is ours" test "$(override DllOverrides)" = native,builtin
check "uninstall succeeds" status_is 0 uninstall
check "and gives back the native DLL and the user's override" as_before
check "--app beside a native DLL is refused" status_is 3 install --app game.exe
check "and nothing is changed" as_before
back_to_stock

native "$windows/system32/IPHLPAPI.DLL"
remember
check "a native DLL in capitals is no obstacle" status_is 0 install
check "and cannot be found any more" test ! -e "$windows/system32/IPHLPAPI.DLL"
check "uninstall succeeds" status_is 0 uninstall
check "and gives it back" as_before
check "--app beside it is refused" status_is 3 install --app game.exe
check "and nothing is changed" as_before
check "install" status_is 0 install
native "$windows/system32/IPHLPAPI.DLL"
check "the very file once more is no obstacle" status_is 0 install
native "$windows/system32/IPHLPAPI.DLL"
echo newer >>"$windows/system32/IPHLPAPI.DLL"
check "install refuses a newer one" status_is 3 install
echo mine >"$windows/system32/IPHLPAPI.DLL.before-wine-estats"
check "uninstall succeeds" status_is 0 uninstall
check "says that the newer one stays" says "IPHLPAPI.DLL was put there after us and stays"
check "and it stays" grep -qa newer "$windows/system32/IPHLPAPI.DLL"
check "beside the one from before" cmp "$windows/system32/IPHLPAPI.DLL.before-wine-estats~" \
    "$wine_tmp/native.dll"
check "for which no other file has to go" test \
    "$(cat "$windows/system32/IPHLPAPI.DLL.before-wine-estats")" = mine
rm "$windows/system32/"*.before-wine-estats*
back_to_stock

check "install" status_is 0 install
native "$windows/system32/IPHLPAPI.DLL"
check "install refuses a native DLL in capitals that it has no copy of" status_is 3 install
check "and says which" says "IPHLPAPI.DLL was put there after us; move it away"
check "it stays" cmp "$windows/system32/IPHLPAPI.DLL" "$wine_tmp/native.dll"
check "uninstall succeeds" status_is 0 uninstall
check "says that it stays" says "IPHLPAPI.DLL was put there after us and stays"
check "and it stays" cmp "$windows/system32/IPHLPAPI.DLL" "$wine_tmp/native.dll"
check "with Wine's own beside it again" cmp "$windows/system32/iphlpapi.dll" "$stock"
back_to_stock

ln -sf "$stock" "$windows/system32/iphlpapi.dll"
remember
check "a symbolic link is no obstacle" status_is 0 install
check "and what it leads to is not written to" cmp "$stock" "$wine_tmp/stock-too.dll"
check "uninstall succeeds" status_is 0 uninstall
check "and gives the link back" as_before
back_to_stock

set_override DllOverrides native,builtin
remember
check "an override like ours is no obstacle" status_is 0 install
check "uninstall succeeds" status_is 0 uninstall
check "and lets it be" as_before
back_to_stock

remember
check "install" status_is 0 install
set_override DllOverrides native
check "uninstall after the override was changed" status_is 0 uninstall
check "says that it stays" says "stays: REG_SZ native"
check "and it stays" test "$(override DllOverrides)" = native
back_to_stock

check "install" status_is 0 install
rm "$windows/system32/iphlpapi.dll"
native "$windows/system32/iphlpapi.dll"
check "install refuses to overwrite what somebody put there since" status_is 3 install
check "uninstall succeeds" status_is 0 uninstall
check "says that the file stays" says "iphlpapi.dll was put there after us and stays"
check "and it stays" cmp "$windows/system32/iphlpapi.dll" "$wine_tmp/native.dll"
back_to_stock

# Another Wine's placeholder is in memory, the stamp says that the prefix was updated since.
cp "$O/marker/x86_64/iphlpapi.dll" "$windows/system32/iphlpapi.dll"
check "install over another Wine's file" status_is 0 install
echo 12345 >"$WINEPREFIX/wine-estats/stamp"
check "uninstall under this Wine" status_is 0 uninstall
check "puts this Wine's own file there" cmp "$windows/system32/iphlpapi.dll" "$stock"
check "status is clean" status_is 1 status

check "install" status_is 0 install
rm -rf "$WINEPREFIX/wine-estats"
check "install without a memory of the first" status_is 0 install
check "uninstall after that" status_is 0 uninstall
check "puts Wine's own file there" cmp "$windows/system32/iphlpapi.dll" "$stock"
check "and takes our override for ours" test -z "$(override DllOverrides)"

set_override 'AppDefaults\second.exe\DllOverrides' builtin
remember
check "install for one program" status_is 0 install --app First.exe
check "sets its override" test "$(override 'AppDefaults\first.exe\DllOverrides')" = native,builtin
check "and nobody else's" test -z "$(override DllOverrides)"
check "install for a second one" status_is 0 install --app=second.exe
check "status" status_is 0 status
check "names both" says "for first.exe, second.exe"
check "uninstall of the first" status_is 0 uninstall --app first.EXE
check "says for whom it is still there" says "still there for second.exe"
check "takes its keys away" test -z "$(query AppDefaults /s | grep -i first)"
check "leaves the DLL for the other" all_shims
check "uninstall of one that is not" status_is 0 uninstall --app third.exe
check "leaves the DLL too" all_shims
check "uninstall of the last" status_is 0 uninstall --app second.exe
check "leaves all as it was" as_before
check "install for one and for all" status_is 0 install --app first.exe
check "install for all" status_is 0 install
check "uninstall takes out everything" status_is 0 uninstall
check "and leaves all as it was" as_before
finish
