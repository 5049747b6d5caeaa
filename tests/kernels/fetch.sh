#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# fetch.sh SUITE PACKAGE DIRECTORY: puts a Debian kernel and its modules below DIRECTORY, without
# installing anything, and prints its release. PACKAGE may be a pattern: the newest is taken. Uses
# lists of packages of its own, because this machine's need not know that suite.

set -eu

suite=$1 package=$2
mkdir -p "$3"
to=$(cd "$3" && pwd)
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
root=$to/apt
mkdir -p "$root/lists/partial" "$root/cache/archives/partial"
: >>"$root/status"
for s in bookworm bookworm-backports trixie trixie-backports; do
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $s main"
done >"$root/sources.list"

with_lists() {
    _tool=$1
    shift
    "$_tool" -o Dir::State="$root" -o Dir::State::status="$root/status" \
        -o Dir::State::lists="$root/lists" -o Dir::Cache="$root/cache" \
        -o Dir::Etc::sourcelist="$root/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o APT::Architecture=amd64 -o APT::Sandbox::User=root "$@"
}

# The lists of one day will do.
if [ -z "$(find "$root/fresh" -mtime -1 2>/dev/null)" ]; then
    with_lists apt-get -qq -o Acquire::Retries=3 update
    touch "$root/fresh"
fi

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
