#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What check-wine.sh runs, 64- and 32-bit, under the Wine of a Debian release ($SUITE) in an
# emulated machine with Debian's kernel, for this one's may run no 32-bit code. $WOW64 is
# "multiarch" for the 32-bit half as 32-bit code, or "new". And the tests of the library as 32-bit
# code.
#
#   check-wine32.sh [NAME...]    only these of the suites
set -u
# shellcheck source=tests/distro/lib.sh
. tests/distro/lib.sh
# shellcheck source=tests/distro/emulate.sh
. tests/distro/emulate.sh
distro_private "$@"
emulate_tools
suite=${SUITE:-bookworm}
# shellcheck disable=SC2034 # for lib.sh
DISTRO_EMULATED=1
distro_wine32 "$suite" "${WOW64:-}"
[ "$distro_kind" != none ] || distro_skip "$suite has no 32-bit Wine"
log=$O/log/wine32-$suite-${WOW64:-multiarch}
rm -rf "$log"
mkdir -p "$log"
echo "== $suite: Wine $distro_wine_version, 32-bit: $distro_kind"
emulate_boot tests/distro/wine-suites.sh "$log/console.log" /out/log "$@"
status=$?
cp -r "$distro_root/out/log/." "$log"
[ $status -eq 0 ] || tail -n 5 "$log/console.log"
exit $status
