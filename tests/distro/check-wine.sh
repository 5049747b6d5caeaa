#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# This build under the Wine of another Debian release ($SUITE), or "host": the machine's own. Runs
# the suites of wine-suites.sh, or those that are named; a line for each. What needs 32-bit code is
# left out on a kernel that runs none; check-wine32.sh brings a kernel that does.
set -u
# shellcheck source=tests/distro/lib.sh
. tests/distro/lib.sh
suite=${SUITE:-trixie}
log=$O/log/wine-$suite
rm -rf "$log"
if [ "$suite" = host ]; then
    echo "== host: Wine $(wine --version), 32-bit: $(
        [ -d "$O/wine32/i386-windows" ] && echo "new WoW64, its DLLs fetched" || echo none)"
    exec tests/distro/wine-suites.sh "$log" "$@"
fi
distro_private "$@"

distro_wine32 "$suite"
echo "== $suite: Wine $distro_wine_version, 32-bit: $distro_kind"
distro_run "${TEST_SECONDS:-3600}" \
    sh -c 'cd /src && O=/src/build tests/distro/wine-suites.sh /out/log "$@"' - "$@"
status=$?
cp -r "$distro_root/out/log" "$log"
exit $status
