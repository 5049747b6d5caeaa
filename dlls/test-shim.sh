#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Our iphlpapi.dll as a DLL among Wine's: who finds it, what it exports, what it needs. 64-bit, and
# 32-bit where there are Wine's files for that.

. tests/lib/wine.sh
wine_private_net "$@"

archs=x86_64
if [ -d "$O/wine32/i386-windows" ]; then
    wine_prefix 32
    if [ -e "$WINEPREFIX/drive_c/windows/syswow64/ntdll.dll" ]; then
        archs='x86_64 i386'
    else
        echo "SKIP: 32-bit: this machine runs no such program"
    fi
else
    echo "SKIP: 32-bit: no Wine files in $O/wine32"
    wine_prefix 64
fi
wine_dirs=${WINEDLLPATH:-}
passed=0 failed=0

verdict() { # condition's status, text
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $2"
    fi
}

# The marker goes first: from the moment that our DLL is there, programs need it.
install_by_hand() { # arch
    local dir=$WINEPREFIX/drive_c/windows/system32
    [ "$1" = x86_64 ] || dir=$WINEPREFIX/drive_c/windows/syswow64
    mkdir -p "$dir/wine-estats"
    cp "$O/marker/$1/iphlpapi.dll" "$dir/wine-estats/"
    cp --remove-destination "$O/shim/$1/iphlpapi.dll" "$dir/"
}

# The host's reads Windows' files, too.
objdump=$(command -v x86_64-w64-mingw32-objdump || command -v objdump) ||
    wine_skip "objdump is not installed"

names() { # arch
    wine_run 120 "$O/dlls/$1/shim-test.exe" names "Z:$PWD/dlls/iphlpapi/exports.list" 2>/dev/null |
        tr -d '\r'
}

check_files() { # arch
    local dump shim="$O/shim/$1/iphlpapi.dll" marker="$O/marker/$1/iphlpapi.dll"
    dump=$($objdump -p "$shim")
    [ "$(sed -n 's/.*DLL Name: //p' <<<"$dump" | tr '[:upper:]' '[:lower:]' | sort | xargs)" = \
        "kernel32.dll ntdll.dll" ]
    verdict $? "$1: imports kernel32 and ntdll only"
    $objdump -p "$marker" | grep -q '^Entry 0 0* 00000000 '
    verdict $? "$1: the marker has no export directory"
    for file in "$marker" "$O/wine/$1-windows/wineestats.dll"; do
        [ "$(dd if="$file" bs=1 skip=64 count=17 status=none | tr '\0' .)" = 'Wine builtin DLL.' ]
        verdict $? "$1: $file is marked as builtin"
    done
    # The loader searches by halving, so the order counts. Newer binutils print more before a name.
    sed -n '/Name Pointer. Table/,$ s/^[[:space:]]*\[ *[0-9]*\] \(.* \)\{0,1\}\([^ ]*\)$/\2/p' \
        <<<"$dump" |
        cmp - <(sed 's/#.*//' dlls/iphlpapi/exports.list | awk 'NF { print $1 }' | LC_ALL=C sort -u)
    verdict $? "$1: the export table has every name of the list, in byte order"
}

# Under a name that no DLL of Wine's has, or that one would be looked at.
version_of() { # file
    cp "$1" "$wine_tmp/looked-at.bin"
    wine_run 60 "$O/dlls/x86_64/shim-test.exe" version "Z:$wine_tmp/looked-at.bin" 2>/dev/null |
        tr -d '\r'
}

# Users and newer Wines go by it.
check_version() { # file
    local said
    said=$(version_of "$1")
    for line in CompanyName=wine-estats FileVersion="$(cat VERSION)" ProductName=wine-estats \
        'LegalCopyright=Licence: LGPL-2.1-or-later' OriginalFilename="$(basename "$1")"; do
        grep -qxF "$line" <<<"$said"
        verdict $? "$1 says $line"
    done
    grep -q '^FileDescription=.' <<<"$said"
    verdict $? "$1 says what it is"
}

stock_numbers=$(wine_run 60 "$O/dlls/x86_64/shim-test.exe" version iphlpapi.dll 2>/dev/null |
    tr -d '\r' | grep numbers=)
for arch in x86_64 i386; do
    for file in "$O/wine/$arch-windows/wineestats.dll" \
        "$O/selftest/$arch/wine-estats-selftest.exe" \
        "$O/windows/$arch/tcpestats.exe" "$O/conformance/$arch/estats-test.exe" \
        "$O/callers/$arch/callers.exe" "$O/ras/$arch/"*.exe \
        "$O/marker/$arch/"*.dll "$O/shim/$arch/"*.dll; do
        check_version "$file"
    done
    [ "$(version_of "$O/shim/$arch/iphlpapi.dll" | grep numbers=)" = "${stock_numbers:-none}" ]
    verdict $? "$arch: programs that compare numbers find those of Wine's own iphlpapi.dll"
done

for arch in $archs; do
    check_files "$arch"
    names "$arch" >"$wine_tmp/stock.$arch"
    grep -qx GetAdaptersAddresses "$wine_tmp/stock.$arch"
    verdict $? "$arch: stock names can be listed"
    install_by_hand "$arch"
done
wine_run 60 reg add 'HKCU\Software\Wine\DllOverrides' /v iphlpapi /d native,builtin /f \
    >/dev/null 2>&1
verdict $? "override is set"

for arch in $archs; do
    test_exe=$O/dlls/$arch/shim-test.exe

    # No helper: WINEDLLPATH does not name ours.
    WINEDEBUG=-all,err+estats wine_run 120 "$test_exe" no-helper 2>"$wine_tmp/log"
    verdict $? "$arch: without a helper"
    [ "$(grep -c ':err:estats:' "$wine_tmp/log")" = 1 ]
    verdict $? "$arch: one line in the log says that the helper is missing"
    for way in 'wine-estats run' 'make install-wine' 'wine-estats check'; do
        grep ':err:estats:' "$wine_tmp/log" | grep -qF "$way"
        verdict $? "$arch: and names $way"
    done

    wine_run 120 "$test_exe" loader
    verdict $? "$arch: as a DLL among Wine's"

    names "$arch" >"$wine_tmp/ours"
    # Ours, or Wine's where it has them.
    beside='^GetOwnerModuleFrom\(Tcp\|Udp\)6*Entry$\|^Get\(Tcp\|Udp\)StatisticsEx2$'
    [ "$(grep -v "EStats\|$beside" "$wine_tmp/stock.$arch")" = \
        "$(grep -v "EStats\|$beside" "$wine_tmp/ours")" ]
    verdict $? "$arch: every other name is there or not as in stock Wine"
    [ "$(grep -c "$beside" "$wine_tmp/ours")" = 6 ]
    verdict $? "$arch: what monitors call beside is there"
    [ "$(grep -c 'Per.*EStats' "$wine_tmp/ours")" = 4 ]
    verdict $? "$arch: our four are there"

    WINE_ESTATS_HIDE=1 names "$arch" | cmp - "$wine_tmp/stock.$arch"
    verdict $? "$arch: WINE_ESTATS_HIDE=1 leaves what stock Wine has"
    WINE_ESTATS_HIDE='getpertcp6connectionestats,SetPerTcp6ConnectionEStats' names "$arch" |
        grep 'Per.*EStats' | cmp - <(grep 'PerTcpC.*EStats' "$wine_tmp/ours"
            grep 'PerTcp6.*EStats' "$wine_tmp/stock.$arch")
    verdict $? "$arch: single names can be hidden"
    WINE_ESTATS_HIDE=0 names "$arch" | cmp - "$wine_tmp/ours"
    verdict $? "$arch: WINE_ESTATS_HIDE=0 hides nothing"
    WINE_ESTATS_HIDE=all wine_run 60 "$test_exe" hidden
    verdict $? "$arch: hidden, but bound to by the program"

    with_helper=${wine_dirs:+$wine_dirs:}$O/wine
    WINEDLLPATH=$with_helper wine_run 120 "$test_exe" helper
    verdict $? "$arch: with the helper"
    WINEDLLPATH=$with_helper WINEDEBUG=-all,trace+estats wine_run 60 "$test_exe" helper \
        2>"$wine_tmp/log" >/dev/null
    grep -q ':trace:estats:GetPerTcp6ConnectionEStats -> 1168' "$wine_tmp/log"
    verdict $? "$arch: WINEDEBUG=+estats traces calls and results"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
