#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The series for Wine are made for, and apply to, the shapes that Wine's files had and have.
set -u

# shellcheck source=tests/lib/check.sh
. tests/lib/check.sh
# shellcheck source=tests/wine-patch/tree.sh
. tests/wine-patch/tree.sh

for tool in clang-format git patch perl; do
    command -v $tool >/dev/null || {
        echo "SKIP: $tool is not installed"
        exit 77
    }
done
top=$PWD
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

not() {
    ! "$@"
}

apply() { # series
    for patch in "$tmp/out/$1"/*.patch; do
        (cd "$tmp/tree" && patch -s -p1 --fuzz=0) <"$patch" || return 1
    done
}

# The sources that make would see.
sources() { # Makefile.in
    sed -e :a -e '/\\$/N; s/\\\n//; ta' "$1" | sed -n 's/^SOURCES = *//p' | tr -s ' \t' ' '
}

# What is computed and remembered, with the structures that it fills.
compiles() {
    {
        sed -n '/define NSI_TCP_ESTATS_SYN_OPTS_TABLE/,/define IOCTL/p' include/wine/nsi.h |
            sed '$d'
        sed '/^#include "/d' dlls/nsiproxy.sys/tcp_estats.c
    } | "${CC:-cc}" -std=gnu11 -fsyntax-only -Wall -Werror \
        -include stddef.h -include "$top/tests/wine-patch/standin.h" -x c -
}

defines_once() { # function, file
    [ "$(grep -cE "^[A-Z]+ WINAPI $1\(" "$2")" = 1 ]
}

for shape in 10.0 11.10; do
    rm -rf "$tmp/tree" "$tmp/out"
    tree "$tmp/tree" $shape
    # In any order, and each without the other.
    check "the series are made for $shape" \
        tools/wine-patch/make-patch "$tmp/tree" "$tmp/out" >"$tmp/list"
    check "with a letter each" test -s "$tmp/out/estats/0000-cover-letter.txt" -a \
        -s "$tmp/out/tcp-info/0000-cover-letter.txt"
    check "the one of SIO_TCP_INFO applies" apply tcp-info
    check "and that of the extended statistics" apply estats
    cd "$tmp/tree" || exit 1
    check "no number of Wine's ioctls is there twice" test -z \
        "$(grep -o 'WINE_AFD_IOC([0-9]*)' include/wine/afd.h | sort | uniq -d)"
    case $shape in
    10.0) wanted='estats.c iphlpapi_main.c version.rc' ;;
    *) wanted='estats.c iphlpapi_main.c' ;;
    esac
    check "iphlpapi's sources are a list" test "$(sources dlls/iphlpapi/Makefile.in)" = " $wanted"
    check "and nsiproxy's" test "$(sources dlls/nsiproxy.sys/Makefile.in)" = \
        " device.c tcp.c tcp_estats.c udp.c"
    for name in GetPerTcpConnectionEStats GetPerTcp6ConnectionEStats SetPerTcpConnectionEStats \
        SetPerTcp6ConnectionEStats; do
        check "$name is exported once" test \
            "$(grep -c "^@ stdcall $name(" dlls/iphlpapi/iphlpapi.spec)" = 1
        check "and no stub any more" not grep -q "$name" dlls/iphlpapi/iphlpapi_main.c
        check "but a function" defines_once $name dlls/iphlpapi/estats.c
    done
    check "no comment about it is left in the list of exports" not grep -q 'stub .*EStats' \
        dlls/iphlpapi/iphlpapi.spec
    for name in GetPerTcp6ConnectionEStats SetPerTcp6ConnectionEStats; do
        check "$name is declared once" test "$(grep -c "$name" include/iphlpapi.h)" = 1
    done
    check "the functions around them are as they were" test \
        "$(grep -c 'First(void)\|Neighbour (IPHLPAPI' dlls/iphlpapi/iphlpapi_main.c)" = 2
    check "the tests are called" test \
        "$(grep -h '^    test_tcp_' dlls/iphlpapi/tests/iphlpapi.c dlls/ws2_32/tests/sock.c |
            tr -d ' \n')" = 'test_tcp_estats();test_tcp_info();'
    check "nothing of a template is left" not grep -rq '^@[a-z_]*@$' .
    check "nor a word of ours" not grep -rqE '\bte_|\bTE_|\bTCPESTATS_|uint[0-9]*_t' dlls include
    for name in $(sed 's|/[*].*||' dlls/nsiproxy.sys/tcp_estats.c | grep -oE '\bestats_\w+\(' |
        tr -d '(' | sort -u); do
        check "$name is there" grep -qE "^static .*\b$name\(" dlls/nsiproxy.sys/tcp_estats.c
    done
    check "and a compiler has nothing to say against that" compiles
    # All that are remembered are read again.
    for member in max_rtt min_rtt fast_retran snd_lim_trans_rwin max_retx_queue min_rwin_rcvd \
        inbound_bandwidth max_ss_cwnd pre_cong_sum_cwnd soft_errors; do
        check "$member has a source" grep -q "d->$member = .*t->" dlls/nsiproxy.sys/tcp_estats.c
    done
    cd "$top" || exit 1
done

tree "$tmp/other" 11.10
sed -i '/unix_nsi_get_notification,/d' "$tmp/other/dlls/nsiproxy.sys/nsi.c"
check "a Wine of another shape is refused" \
    not tools/wine-patch/make-patch "$tmp/other" "$tmp/none" 2>"$tmp/why"
check "with the line that is missing" grep -q 'unix_nsi_get_notification' "$tmp/why"
check "and what is no Wine, too" \
    not tools/wine-patch/make-patch "$tmp/out" "$tmp/none" 2>"$tmp/why"
check "in a line" test "$(wc -l <"$tmp/why")" = 1

finish
