# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# Debian's archive for another machine: lists of packages of its own, because this machine's need
# know neither that release nor that architecture, and nothing is installed. To be sourced.
#
#   archive_open DIRECTORY ARCHITECTURE|source
#   with_lists apt-get|apt-cache ARGUMENTS...

archive_open() {
    archive=$1/apt-$2
    archive_arch=$2 _type=deb
    if [ "$2" = source ]; then
        archive_arch=$(dpkg --print-architecture) _type=deb-src
    fi
    _mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
    _signed=signed-by=/usr/share/keyrings/debian-archive-keyring.gpg
    mkdir -p "$archive/lists/partial" "$archive/cache/archives/partial"
    : >>"$archive/status"
    for _suite in bookworm bookworm-backports trixie trixie-backports; do
        echo "$_type [$_signed] $_mirror $_suite main"
    done >"$archive/sources.list"
    # The lists of one day will do.
    if [ -z "$(find "$archive/fresh" -mtime -1 2>/dev/null)" ]; then
        with_lists apt-get -qq -o Acquire::Retries=3 update
        touch "$archive/fresh"
    fi
}

with_lists() {
    _tool=$1
    shift
    "$_tool" -o Dir::State="$archive" -o Dir::State::status="$archive/status" \
        -o Dir::State::lists="$archive/lists" -o Dir::Cache="$archive/cache" \
        -o Dir::Etc::sourcelist="$archive/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::Etc::preferencesparts=/dev/null -o APT::Architecture="$archive_arch" \
        -o APT::Architectures="$archive_arch" -o APT::Sandbox::User=root "$@"
}
