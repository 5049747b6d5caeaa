#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# userland.sh ARCHITECTURE SUITE DIRECTORY PACKAGE...: unpacks Debian packages, with all that they
# depend on, below DIRECTORY and prints where. Nothing is set up: it is to be linked with, and to
# take programs and libraries from.

set -eu

arch=$1 suite=${2%-backports}
mkdir -p "$3"
to=$(cd "$3" && pwd)
shift 3
# shellcheck source=tests/lib/archive.sh
. "$(dirname "$0")/../lib/archive.sh"
archive_open "$to" "$arch"

root=$to/root-$suite-$arch
if [ "$(cat "$root.packages" 2>/dev/null)" != "$*" ]; then
    rm -rf "$root"
    mkdir -p "$root" "$archive/debs/partial"
    for dir in bin sbin lib lib64; do
        mkdir -p "$root/usr/$dir"
        ln -s "usr/$dir" "$root/$dir"
    done
    with_lists apt-get -qq -y -d -t "$suite" -o Dir::Cache::archives="$archive/debs" \
        -o Acquire::Retries=3 -o Debug::NoLocking=1 --no-install-recommends install "$@" >&2
    for deb in "$archive/debs"/*.deb; do
        dpkg-deb --fsys-tarfile "$deb" | tar -C "$root" -x --keep-directory-symlink
        rm "$deb"
    done
    echo "$*" >"$root.packages"
fi
echo "$root"
