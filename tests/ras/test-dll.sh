#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Our rasapi32.dll as a DLL: its files, what is left of it without a helper, and hidden.

. tests/lib/wine.sh
wine_private_sys "$@"
wine_private_net "$@"
. tests/ras/lib.sh
which_bits
export LC_ALL=C
dirs=${WINEDLLPATH:-}
wine_install >/dev/null
with_helper=$WINEDLLPATH
rig_begin
rig make tun0
rig up tun0

arch_of() { # bits
    [ "$1" = 64 ] && echo x86_64 || echo i386
}

dump() { # bits
    x86_64-w64-mingw32-objdump -p "$O/shim/$(arch_of "$1")/rasapi32.dll"
}

imports() { # bits
    dump "$1" | sed -n 's/.*DLL Name: //p' | tr '[:upper:]' '[:lower:]' | sort | xargs
}

# The loader searches by halving, so the order counts.
lists_all_in_order() { # bits
    dump "$1" | sed -n '/Name Pointer. Table/,/^$/ p' |
        sed -n 's/^[[:space:]]*\[ *[0-9]*\] \(.* \)\{0,1\}\([^ ]*\)$/\2/p' |
        cmp - <(sed 's/#.*//' dlls/rasapi32/exports.list | awk 'NF { print $1 }' | sort -u)
}

marker_is_bare() { # bits
    x86_64-w64-mingw32-objdump -p "$O/marker/$(arch_of "$1")/rasapi32.dll" |
        grep -q '^Entry 0 0* 00000000 '
}

ras_test() { # bits, arguments
    wine_run 100 "$O/ras/$(arch_of "$1")/ras-test.exe" --timeout 90 "${@:2}"
}

# A line to the 64- or 32-bit agent, without talking on.
ask() { # bits, words
    echo "${*:2}" | wine_run 60 "$O/ras/$(arch_of "$1")/ras-agent.exe" 2>"$wine_tmp/log" |
        tr -d '\r'
}

for b in $bits; do
    check "$b-bit: imports kernel32 and ntdll only" [ "$(imports "$b")" = \
        "kernel32.dll ntdll.dll" ]
    check "$b-bit: has every name of the list, in byte order" lists_all_in_order "$b"
    check "$b-bit: the marker has no export directory" marker_is_bare "$b"

    # No helper: WINEDLLPATH does not name ours.
    export WINEDLLPATH=$dirs WINEDEBUG=-all,err+estats
    check "$b-bit, no helper: no connection" [ "$(ask "$b" list)" = "" ]
    check "$b-bit, no helper: one line in the log says so" [ \
        "$(grep -c ':err:estats:.*RAS functions know of no connection' "$wine_tmp/log")" = 1 ]
    for verb in get clear status; do
        check "$b-bit, no helper: $verb of any handle" [ "$(ask "$b" "$verb" 123)" = "error 6" ]
    done

    export WINEDLLPATH=$with_helper
    check "$b-bit: the helper is found" grep -q tun0 <<<"$(ask "$b" list)"
    WINEDEBUG=-all,trace+estats ask "$b" get 123 >/dev/null
    check "$b-bit: traces calls and results" grep -q \
        ':trace:estats:RasGetConnectionStatistics -> 6' "$wine_tmp/log"

    export WINE_ESTATS_HIDE=RasEnumConnectionsA
    check "$b-bit: one function hidden: that is Wine's own" [ "$(ask "$b" list)" = "" ]
    check "$b-bit: the name is known" [ ! -s "$wine_tmp/log" ]
    export WINE_ESTATS_HIDE=GetPerTcpConnectionEStats
    check "$b-bit: a function of iphlpapi's hidden: not ours" grep -q tun0 <<<"$(ask "$b" list)"
    check "$b-bit: nor is the name" [ ! -s "$wine_tmp/log" ]
    export WINE_ESTATS_HIDE=RasNonsense
    ask "$b" list >/dev/null
    check "$b-bit: a name that is nobody's is told" grep -q "'RasNonsense' is none of our" \
        "$wine_tmp/log"
    export WINEDEBUG=-all

    # All hidden, programs find what Wine has.
    version=$(wine --version 2>/dev/null | sed 's/^wine-\([0-9.]*\).*/\1/')
    if [ -e "tests/ras/stock-wine-$version.expected" ]; then
        export WINE_ESTATS_HIDE=1
        ras_test "$b" --failed-names "$wine_tmp/hidden" >"$wine_tmp/out" 2>&1
        check "$b-bit: hidden, it is as Wine's own" diff \
            <(grep -vE '^#|^forwarders$' "tests/ras/stock-wine-$version.expected" | sort) \
            <(sort "$wine_tmp/hidden")
    else
        echo "SKIP: hidden: no list of what must fail on Wine $version"
    fi
    unset WINE_ESTATS_HIDE
done
finish
