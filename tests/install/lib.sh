# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# For the tests of what make says and does: to be sourced from the top of the checkout. $tmp is
# removed at the end, $tmp/out is what the last make said.
set -u
O=${O:-build}
export O
tmp=$(mktemp -d "${TMPDIR:-/tmp}/estats.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
unset MAKEFLAGS MAKELEVEL MFLAGS
. tests/lib/check.sh

tell_more() {
    [ ! -s "$tmp/out" ] || tail -n 20 "$tmp/out" | sed 's/^/        | /'
}

makes() { # exit status, arguments
    want=$1
    shift
    make -s "O=$O" "$@" >"$tmp/out" 2>&1
    [ $? -eq "$want" ]
}

says() {
    grep -qF -e "$1" "$tmp/out"
}

says_once() {
    [ "$(grep -cF -e "$1" "$tmp/out")" -eq 1 ]
}
