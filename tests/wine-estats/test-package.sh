#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What `make install` puts on a machine works without the source tree, and goes again.

# shellcheck disable=SC2016 # for an inner shell
# shellcheck source=tests/wine-estats/lib.sh
. tests/wine-estats/lib.sh
wine_private_net "$@"
estats_prefix
unset MAKEFLAGS MAKELEVEL MFLAGS

make_here() {
    make -s "O=$O" "PREFIX=$wine_tmp/usr" "$@" >"$wine_tmp/out" 2>&1
}

installed() { # arguments of the installed wine-estats
    (cd / && env -u O "$wine_tmp/usr/bin/wine-estats" "$@" >"$wine_tmp/out" 2>&1)
}

files_in() {
    find "$1" ! -type d 2>/dev/null
}

check "make install succeeds" make_here install
check "the installed wine-estats starts" installed --version
check "and has its version" says "wine-estats $(cat VERSION)"
check "it installs into a prefix" installed install
check "its DLLs work there" installed check
check "by its own helper" says "ok"
check "its files are intact" installed status
check "it uninstalls" installed uninstall
check "make uninstall succeeds" make_here uninstall
check "and leaves no file" test -z "$(files_in "$wine_tmp/usr")"

check "a package can be made under DESTDIR" make_here DESTDIR="$wine_tmp/stage" install
check "nothing goes past it" test -z "$(files_in "$wine_tmp/usr")"
check "not even by name" sh -c '! grep -rq "$0/stage" "$0/stage"' "$wine_tmp"

check "the helper can be put into Wine's directory" \
    make_here DESTDIR="$wine_tmp/stage2" WINEDLLDIR=/opt/wine/lib install-wine
for file in x86_64-unix/wineestats.so x86_64-windows/wineestats.dll i386-windows/wineestats.dll; do
    check "with its $file" cmp "$O/wine/$file" "$wine_tmp/stage2/opt/wine/lib/$file"
done
check "and taken out" make_here DESTDIR="$wine_tmp/stage2" WINEDLLDIR=/opt/wine/lib uninstall-wine
check "without a trace" test -z "$(files_in "$wine_tmp/stage2")"
check "where Wine has no such directory that is said" sh -c \
    'make -s install-wine WINEDLLDIR= 2>&1 | grep -q "give it as WINEDLLDIR"'
finish
