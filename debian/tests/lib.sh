# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2034 # for the tests
#
# A Wine prefix of the test's own, without what would want a display or the network.
tools=/usr/share/wine-estats
HOME=$(mktemp -d)
# What Wine is still writing is no failure of the test's.
trap 'wineserver -k || :; wineserver -w || :; rm -rf "$HOME" || :' EXIT
XDG_RUNTIME_DIR=$HOME
WINEDEBUG=-all
WINEDLLOVERRIDES='mscoree,mshtml,winemenubuilder.exe='
# Debian's newer packages have wineserver there.
PATH=$PATH:/usr/lib/x86_64-linux-gnu/wine:/usr/lib/i386-linux-gnu/wine
export PATH HOME XDG_RUNTIME_DIR WINEDEBUG WINEDLLOVERRIDES
unset WINEPREFIX DISPLAY

die() {
    echo "$*" >&2
    exit 1
}

# Programs of the packages' own kind; whether the other kind takes the other architecture's packages
# depends on how Wine is built.
case $(dpkg --print-architecture) in amd64) bits=64 ;; *) bits=32 ;; esac
works() {
    wine-estats check | tee "$HOME/check" && grep -q "^wine-estats: $bits-bit: ok: " "$HOME/check"
}

wineboot --init >/dev/null 2>&1
wineserver -w
# One server for all: Wine 8 turns away a program that comes when a server is just leaving.
wineserver -p120
