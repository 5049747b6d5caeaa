#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a distribution would ship of the library is enough to build and run a program: the header,
# the shared object found by pkg-config, its soname; every public function is exported, nothing else
# is.
set -eu
O=${O:-build}
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
make -s install-lib DESTDIR="$stage" PREFIX=/usr LIBDIR=/usr/lib/here >/dev/null

export PKG_CONFIG_SYSROOT_DIR="$stage" PKG_CONFIG_PATH="$stage/usr/lib/here/pkgconfig"
cat >"$stage/ask.c" <<'C'
#include <stdio.h>
#include <tcpestats.h>

int main(void)
{
    struct tcpestats *te;

    if (tcpestats_open(&te, NULL))
        return 1;
    printf("%s %s\n", tcpestats_version(), tcpestats_field(TCPESTATS_F_Data_DataBytesOut)->name);
    tcpestats_close(te);
    return 0;
}
C
# shellcheck disable=SC2046 # words are wanted
${CC:-cc} -Wall -Werror -o "$stage/ask" "$stage/ask.c" $(pkg-config --cflags --libs tcpestats)
said=$(LD_LIBRARY_PATH="$stage/usr/lib/here" "$stage/ask")
[ "$said" = "$(cat VERSION) DataBytesOut" ] || {
    echo "the program said: $said"
    exit 1
}

exported=$(nm -D --defined-only "$stage/usr/lib/here/libtcpestats.so" |
    sed -n 's/.* T \(.*\)@@.*/\1/p' | sort)
declared=$(grep -oE '\btcpestats_[a-z_]+\(' include/tcpestats.h |
    grep -vE '^tcpestats_[a-z_]+\(\)' | tr -d '(' | sort -u)
[ "$exported" = "$declared" ] || {
    printf 'exported:\n%s\ndeclared:\n%s\n' "$exported" "$declared"
    exit 1
}
# What Debian's packages of programs find out the version from that they depend on.
packaged=$(sed -n 's/^ \(tcpestats_[a-z_]*\)@.*/\1/p' debian/libtcpestats0.symbols | sort)
[ "$exported" = "$packaged" ] || {
    printf 'exported:\n%s\nin debian/libtcpestats0.symbols:\n%s\n' "$exported" "$packaged"
    exit 1
}

make -s uninstall-lib DESTDIR="$stage" PREFIX=/usr LIBDIR=/usr/lib/here >/dev/null
left=$(find "$stage/usr" -type f -o -type l)
[ -z "$left" ] || {
    printf 'left behind:\n%s\n' "$left"
    exit 1
}
echo "3 passed, 0 failed"
