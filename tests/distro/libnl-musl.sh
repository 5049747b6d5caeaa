#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# libnl-musl.sh DIRECTORY: libnl's static libraries for musl, made from Debian's source, since no
# package is of these. Prints where they are.

set -eu

mkdir -p "$1"
to=$(cd "$1" && pwd)
# shellcheck source=tests/lib/archive.sh
. "$(dirname "$0")/../lib/archive.sh"
headers="-idirafter /usr/include -idirafter /usr/include/$(cc -print-multiarch)"
if [ ! -e "$to/lib/libnl-route-3.a" ]; then
    archive_open "$to" source
    rm -rf "$to/source"
    mkdir "$to/source"
    cd "$to/source"
    with_lists apt-get -qq -t bookworm source libnl3 >log 2>&1
    cd libnl3-*/
    {
        ./configure -q --host="$(uname -m)-linux-musl" CC=musl-gcc CPPFLAGS="$headers" \
            --prefix="$to" --disable-cli --disable-shared --enable-static
        make -s -j"$(nproc)"
        make -s install
    } >>../log 2>&1 || {
        tail -n 20 ../log >&2
        exit 1
    }
    rm -rf "$to/source"
fi
echo "$to"
