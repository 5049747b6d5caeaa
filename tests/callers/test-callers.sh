#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What programs do with the functions, under Wine with our DLL: 64- and 32-bit, over loopback and
# over a path that loses segments. Everything must pass. The table of docs/callers.md is left in
# $O/callers/table.md.

# shellcheck source=tests/lib/wine.sh
. tests/lib/wine.sh
wine_private_net "$@"
# shellcheck source=tests/path/lib.sh
. tests/path/lib.sh
# shellcheck source=tests/lib/check.sh
. tests/lib/check.sh

trap - EXIT
rm -f "$O/callers/table.md" # an earlier run's
if [ -d "$O/wine32/i386-windows" ]; then
    kinds='x86_64 i386'
    wine_prefix 32
else
    echo "SKIP: 32-bit: no Wine files in $O/wine32"
    kinds=x86_64
    wine_prefix 64
fi
trap '(_wine_cleanup); _path_cleanup' EXIT
wine_install >"$path_tmp/install.log" 2>&1

# The server that comes next lives where the program does.
server_ends() {
    wineserver -k 2>/dev/null
    wineserver -w 2>/dev/null
}

run() { # place, architecture, how to start it, arguments
    local place=$1 arch=$2 start=$3 result=$path_tmp/$1.$2
    shift 3
    $start timeout -k 5 400 wine "$O/callers/$arch/callers.exe" --timeout 380 "$@" \
        --names "$result.all" --failed-names "$result.failed" >"$result.out" 2>&1
    check "$arch, $place: it ran to its end" [ $? -le 1 ]
    tr -d '\r' <"$result.out" | sed -n "/^SKIP/p; s/^c_.*: Test failed: /$arch, $place: /p" |
        head -n 60
    check "$arch, $place: every case has a result" [ -s "$result.all" ]
    check "$arch, $place: every case" [ ! -s "$result.failed" ]
    tr -d '\r' <"$result.all" | sed "s/^/$place $arch passed /" >>"$path_tmp/results"
    tr -d '\r' <"$result.failed" | sed "s/^/$place $arch FAILED /" >>"$path_tmp/results"
}

for arch in $kinds; do
    run loopback "$arch" ''
done
if path_permitted; then
    server_ends
    path_start both:delay=10ms to-right:drop-at=10,20,40
    $RIGHT "$O/callers/peer" 5998 >"$path_tmp/peer" &
    path_pids="$path_pids $!"
    _path_await "$path_tmp/peer" listening 5
    for arch in $kinds; do
        run path "$arch" "$LEFT" --peer4 192.0.2.2 --peer6 2001:db8:7::2 --rtt 20
    done
    server_ends
    path_stop
    # What the path saw sent again is what the program was told.
    for arch in $kinds; do
        tr -d '\r' <"$path_tmp/path.$arch.out" | sed -n \
            's/.*port \([0-9]*\) sent again \([0-9]* segments and [0-9]* bytes\)/\1 \2/p' \
            >"$path_tmp/told"
        check "$arch: losses of two connections" [ "$(wc -l <"$path_tmp/told")" = 2 ]
        while read -r port told; do
            saw=$(path_number ".to_right.flows[] | select(.src_port == $port) |
                \"\(.retrans_segs) segments and \(.retrans_bytes) bytes\"")
            check "$arch: sent again as the path saw it" [ "$told" = "$saw" ]
        done <"$path_tmp/told"
    done
else
    echo "SKIP: no network namespaces or TUN devices, so no path"
fi

version=$(wine --version 2>/dev/null)
{
    sed "s/@VERSION@/${version#wine-}/" tests/callers/table-head.md
    awk '
    {
        place = $1; arch = $2; verdict = $3
        $1 = $2 = $3 = ""
        sub(/^ +/, "")
        family = $0
        sub(/.*, /, "", family)
        sub(/, IPv[46]$/, "")
        if (!($0 in known)) {
            known[$0] = 1
            name[++n] = $0
        }
        at[$0, place, arch, family] = verdict
    }
    function cell(case_name, place, arch,   v4, v6) {
        v4 = at[case_name, place, arch, "IPv4"]
        v6 = at[case_name, place, arch, "IPv6"]
        if (v4 == "" && v6 == "")
            return "not run"
        if (v4 == v6)
            return v4
        return "IPv4 " v4 ", IPv6 " (v6 == "" ? "not run" : v6)
    }
    END {
        for (i = 1; i <= n; i++)
            printf "| %s | %s | %s | %s | %s |\n", name[i], cell(name[i], "loopback", "x86_64"),
                cell(name[i], "path", "x86_64"), cell(name[i], "loopback", "i386"),
                cell(name[i], "path", "i386")
    }' "$path_tmp/results"
} >"$O/callers/table.md"
check "at least 20 habits were tried" [ "$(grep -c '^| a' "$O/callers/table.md")" -ge 20 ]
finish
