# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2154 # variables of tests/lib/wine.sh
#
# For the tests of wine-estats: a prefix of their own, and words to compare it with what it was.

. tests/lib/wine.sh

passed=0 failed=0

# The path has spaces in it, in all tests. $sides: the folders that wine-estats has to serve.
estats_prefix() {
    sides='system32'
    if [ -d "$O/wine32/i386-windows" ]; then
        wine_prefix 32
        if [ -e "$WINEPREFIX/drive_c/windows/syswow64/ntdll.dll" ]; then
            sides='system32 syswow64'
        else
            echo "SKIP: 32-bit programs: this machine runs none, see $O/prefix-template-32.log"
        fi
    else
        echo "SKIP: 32-bit programs: no 32-bit Wine files in $O/wine32"
        wine_prefix 64
    fi
    mv "$wine_tmp/prefix" "$wine_tmp/a  prefix"
    WINEPREFIX="$wine_tmp/a  prefix"
    windows=$WINEPREFIX/drive_c/windows
    # One server for all: each command starts faster so.
    wineserver -p120
}

# For tests that are not about what programs find: asking them means to start them, each time.
ask_no_program() {
    cat >"$wine_tmp/wine-alone" <<'END'
#!/bin/sh
case "$*" in
*--facts) exit 0 ;;
esac
exec wine "$@"
END
    chmod 755 "$wine_tmp/wine-alone"
    WINE=$wine_tmp/wine-alone && export WINE
}

estats() {
    timeout -k 5 120 tools/wine-estats "$@" >"$wine_tmp/out" 2>&1
}

check() { # what it says of the behaviour, then a command that holds when it is so
    what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
        echo "ok      $what"
    else
        failed=$((failed + 1))
        echo "FAILED  $what ($*)"
        [ ! -s "$wine_tmp/out" ] || sed 's/^/        | /' "$wine_tmp/out"
    fi
}

status_is() { # exit status, then arguments of wine-estats
    want=$1
    shift
    estats "$@"
    got=$?
    [ $got -eq "$want" ] || {
        echo "        exit status $got instead of $want"
        return 1
    }
}

says() {
    grep -qF -e "$1" "$wine_tmp/out"
}

finish() {
    echo "$passed passed, $failed failed"
    [ $failed -eq 0 ] && [ $passed -gt 0 ]
}

# Found by its path in half the time that a name alone takes.
reg='C:\windows\system32\reg.exe'

# By way of a file: what Wine leaves running would hold a pipe open.
query() { # key below Software\Wine, more
    key=$1
    shift
    wine "$reg" query "HKCU\\Software\\Wine\\$key" "$@" >"$wine_tmp/reg" 2>&1 </dev/null
    tr -d '\r' <"$wine_tmp/reg"
}

override() { # key below Software\Wine, DLL (iphlpapi)
    query "$1" /v "${2:-iphlpapi}" | sed -n 's/^    [^ ]*    REG_SZ    //p'
}

set_override() { # key below Software\Wine, data, DLL (iphlpapi)
    wine "$reg" add "HKCU\\Software\\Wine\\$1" /v "${3:-iphlpapi}" /d "$2" /f \
        >/dev/null 2>&1 </dev/null
}

# All that wine-estats may touch, contents, modes and times.
snapshot() {
    find "$WINEPREFIX" -maxdepth 1 ! -name wineserver ! -name '*.reg' ! -name 'reg*.tmp' \
        -printf '%f %m\n' | sort
    find "$windows/system32" "$windows/syswow64" -maxdepth 1 \
        \( -iname '*iphlpapi*' -o -iname '*rasapi32*' -o -iname '*estats*' \) \
        -printf '%P %m %T@ %l ' \( -type f -exec sha256sum {} \; -o -printf '\n' \) | sort
    # Wine 8 sometimes turns a program away.
    for _ in 1 2 3; do
        wine "$reg" query 'HKCU\Software\Wine' /s >"$wine_tmp/reg" 2>&1 </dev/null && break
    done
    tr -d '\r' <"$wine_tmp/reg" |
        awk '/^HKEY/ { ours = /Wine\\(DllOverrides|AppDefaults)(\\|$)/ } ours'
}

remember() {
    snapshot >"$wine_tmp/before"
}

as_before() {
    snapshot >"$wine_tmp/after"
    diff "$wine_tmp/before" "$wine_tmp/after"
}

dlls='iphlpapi rasapi32'

# At no instant may a program find half of it: either kind of a DLL is whole, and ours never without
# the marker.
consistent() {
    for folder in $sides; do
        arch=x86_64
        [ "$folder" = system32 ] || arch=i386
        for dll in $dlls; do
            file=$windows/$folder/$dll.dll
            if cmp -s "$file" "$O/shim/$arch/$dll.dll"; then
                cmp -s "$windows/$folder/wine-estats/$dll.dll" "$O/marker/$arch/$dll.dll" ||
                    return 1
            else
                cmp -s "$file" "$wine_tmp/original/$folder-$dll" || return 1
            fi
        done
    done
}

keep_originals() {
    mkdir -p "$wine_tmp/original"
    for folder in $sides; do
        for dll in $dlls; do
            cp -p "$windows/$folder/$dll.dll" "$wine_tmp/original/$folder-$dll"
        done
    done
}

is_shim() { # folder, DLL (iphlpapi)
    arch=x86_64
    [ "$1" = system32 ] || arch=i386
    cmp -s "$windows/$1/${2:-iphlpapi}.dll" "$O/shim/$arch/${2:-iphlpapi}.dll"
}

all_shims() { # DLL (all)
    for folder in $sides; do
        for dll in ${1:-$dlls}; do
            is_shim "$folder" "$dll" || return 1
        done
    done
}

no_shims() { # DLL
    for folder in $sides; do
        ! is_shim "$folder" "$1" || return 1
    done
}
