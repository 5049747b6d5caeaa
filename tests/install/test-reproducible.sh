#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# test-reproducible.sh [deb]: two builds of one source archive, in folders of different names, at
# different times, by differently configured users, install the same bytes; with "deb" the packages
# are the same, too. The archive is as well, and it is all that a build needs.
set -u
tmp=$(mktemp -d "${TMPDIR:-/tmp}/estats.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
# Each build in its own folder: with one O the second would find what the first has built.
unset O MAKEFLAGS MAKELEVEL MFLAGS SOURCE_DATE_EPOCH
passed=0 failed=0

verdict() { # sentence, outcome
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED  $1"
    fi
}

# A year later, where the clock can be set for a program.
later=
if command -v faketime >/dev/null; then
    later="faketime -f +400d"
else
    echo "SKIP: a build at another time: faketime is not installed"
fi

make -s "O=$tmp/first" dist >/dev/null && sleep 1 &&
    (umask 077 && TZ=Pacific/Chatham make -s "O=$tmp/second" dist >/dev/null)
verdict "the archive can be made" $?
name=$(basename "$tmp"/first/dist/*.tar.xz)
cmp "$tmp/first/dist/$name" "$tmp/second/dist/$name"
verdict "it is the same each time" $?

# prepare NAME FOLDER: unpacks the archive.
prepare() {
    mkdir -p "$tmp/$1/$2" && tar -C "$tmp/$1/$2" --strip-components=1 -xJf "$tmp/first/dist/$name"
}

# digest DIRECTORY: name, mode, target and contents of all that is below.
digest() {
    (cd "$1" && find . -printf '%p %y %m %l ' \( -type f -exec sha256sum {} \; -o -printf '\n' \)) |
        LC_ALL=C sort
}

same() { # sentence, first, second
    digest "$2" >"$tmp/digest1"
    digest "$3" >"$tmp/digest2"
    diff "$tmp/digest1" "$tmp/digest2" && [ -s "$tmp/digest1" ]
    verdict "$1" $?
}

here=$tmp/a/src
there=$tmp/b/elsewhere/with-a-longer-name
prepare a src && prepare b elsewhere/with-a-longer-name
log=$tmp/log

if [ "${1:-}" = deb ]; then
    command -v dh >/dev/null || { echo "SKIP: debhelper is not installed" && exit 77; }
    (cd "$here" && dpkg-buildpackage -us -uc -b) >"$log" 2>&1
    verdict "packages can be built" $?
    # shellcheck disable=SC2086 # words are wanted
    (cd "$there" && umask 027 && TZ=Asia/Kathmandu LC_ALL=C.UTF-8 \
        $later dpkg-buildpackage -us -uc -b) >>"$log" 2>&1
    verdict "and a year later" $?
    count=0
    for deb in "$tmp"/a/*.deb; do
        name=$(basename "$deb")
        cmp "$deb" "$tmp/b/elsewhere/$name"
        verdict "$name is the same" $?
        count=$((count + 1))
    done
    [ $count -ge 5 ]
    verdict "there are packages" $?
else
    (cd "$here" && make -s product && make -s DESTDIR="$tmp/stage1" PREFIX=/usr install &&
        make -s DESTDIR="$tmp/stage1" WINEDLLDIR=/usr/lib/wine install-wine) >"$log" 2>&1
    verdict "a build needs nothing but the archive" $?
    # shellcheck disable=SC2086 # words are wanted
    (cd "$there" && export TZ=Asia/Kathmandu LC_ALL=C.UTF-8 HOME=/nonexistent &&
        $later make -s product && make -s DESTDIR="$tmp/stage2" PREFIX=/usr install &&
        make -s DESTDIR="$tmp/stage2" WINEDLLDIR=/usr/lib/wine install-wine) >>"$log" 2>&1
    verdict "nor does one a year later" $?
    same "they install the same bytes" "$tmp/stage1" "$tmp/stage2"
    [ "$(grep -c ' f 644 ' "$tmp/digest1")" -gt 20 ]
    verdict "and these are many files" $?
    grep -rlF "$tmp" "$tmp/stage1" "$tmp/stage2"
    [ $? -eq 1 ]
    verdict "none of them names the folder it was built in" $?
fi
[ $failed -eq 0 ] || tail -n 30 "$log"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
