#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# fetch.sh ARCHITECTURE SUITE PACKAGE DIRECTORY: puts a Debian kernel and its modules below
# DIRECTORY, without installing anything, and prints its release. PACKAGE may be a pattern: the
# newest is taken.

set -eu

suite=$2 package=$3
mkdir -p "$4"
to=$(cd "$4" && pwd)
# shellcheck source=tests/lib/archive.sh
. "$(dirname "$0")/../lib/archive.sh"
archive_open "$to" "$1"

# A package's newest version in that suite.
version() {
    with_lists apt-cache madison "$1" | awk -F'[| ]+' -v suite="$suite/" \
        'index($0, " " suite) { print $2; exit }'
}

case $package in
*'*'*)
    package=$(with_lists apt-cache pkgnames linux-image- |
        grep -x "$(echo "$package" | sed 's/\./\\./g; s/\\\.\*/\\..*/; s/\*$//')" |
        grep -v dbg | sort -V | tail -n 1)
    ;;
esac
[ -n "$package" ] || exit 1

# What a package depends on that is part of a kernel, one a line.
parts_of() {
    with_lists apt-cache show "$1" | sed -n '/^Depends: /{s///;s/, /\n/g;p;q}' | sed 's/ .*//' |
        grep -E '^linux-(image|binary|modules)-[0-9]' || :
}

# From a package that only points at others to those that hold something.
image=$(parts_of "$package=$(version "$package")" | grep '^linux-image-' | head -n 1)
image=${image:-$package}
release=${image#linux-image-}

if [ ! -e "$to/$release/done" ]; then
    mkdir -p "$to/$release"
    for p in $image $(parts_of "$image"); do
        (cd "$to/$release" && with_lists apt-get -qq -o Acquire::Retries=3 download "$p")
    done
    for deb in "$to/$release"/*.deb; do
        dpkg-deb -x "$deb" "$to/$release"
        rm "$deb"
    done
    : >"$to/$release/done"
fi
echo "$release"
