#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# This build under the Wine of another Debian release ($SUITE): the conformance test in both
# bitnesses, our DLL among Wine's, install and uninstall, RAS, the command's two builds against each
# other, the habits of callers, and the demo; a line for each. "host" is the machine's own Wine.
# shellcheck disable=SC2016 # for a shell inside
set -u
# shellcheck source=tests/distro/lib.sh
. tests/distro/lib.sh
suite=${SUITE:-trixie}
[ "$suite" = host ] || distro_private "$@"
skipped=0

inside() { # seconds, command
    if [ "$suite" = host ]; then
        timeout -k 5 "$@" </dev/null
    else
        distro_run "$1" sh -c 'cd /src && shift && exec "$@"' - "$@"
    fi
}

prepare() {
    distro_open "$suite"
    distro_tree
    # Where the 32-bit half is there, of whatever kind, the tests find it as they find one that was
    # fetched for them.
    amd64=/usr/lib/x86_64-linux-gnu/wine i386=/usr/lib/i386-linux-gnu/wine
    if [ -n "$distro_i386" ]; then
        kind="multiarch"
        inside 60 sh -c "mkdir build/wine32 && cd build/wine32 &&
            ln -s $i386/i386-windows $i386/i386-unix $amd64/x86_64-unix . "
        deb=$(echo "$O/deb/$suite"/libwine-estats_*_i386.deb)
        [ ! -e "$deb" ] || {
            cp "$deb" "$distro_root/out/helper.deb"
            inside 60 sh -c "dpkg-deb -x /out/helper.deb /out/helper &&
                cp -r /out/helper$i386/i386-unix build/wine/"
        }
    elif [ -e "$distro_root$amd64/i386-windows/ntdll.dll" ]; then
        kind="new WoW64"
        inside 60 sh -c "mkdir build/wine32 && cd build/wine32 &&
            ln -s $amd64/i386-windows $amd64/x86_64-unix ."
    else
        kind="new WoW64, its DLLs fetched"
        inside 300 tools/fetch-wine32 build/wine32
    fi
}

report() { # what, seconds, command
    what=$1
    shift
    inside "$@" >"$log/$what.log" 2>&1
    case $? in
    0) verdict=ok passed=$((passed + 1)) ;;
    77) verdict=SKIP skipped=$((skipped + 1)) ;;
    *) verdict=FAILED failed=$((failed + 1)) ;;
    esac
    printf '%-7s %-26s %s\n' $verdict "$what" "$(
        grep -hE '^[0-9]+ passed, |^SKIP: |checks agree' "$log/$what.log" | tail -n 1)"
    [ $verdict != FAILED ] || tail -n 30 "$log/$what.log" | sed 's/^/        | /'
}

log=$O/log/wine-$suite
mkdir -p "$log"
kind="the machine's"
if [ "$suite" = host ]; then
    version=$(wine --version)
else
    prepare
    version=$(distro_run 20 dpkg-query -W -f '${Version}' libwine:amd64)
fi
echo "== $suite: Wine $version, 32-bit: $kind"
report conformance-64 1500 tests/conformance/test-wine64.sh
report conformance-32 1500 tests/conformance/test-wine32.sh
report dll-among-wines 1500 dlls/test-shim.sh
report install-uninstall 1500 tests/wine-estats/test-install.sh
report restore 1500 tests/wine-estats/test-restore.sh
report self-test 1500 tests/wine-estats/test-check.sh
report ras-codes 1500 tests/ras/test-codes.sh
report parity 1500 tests/tcpestats/test-parity.sh
report callers 1500 tests/callers/test-callers.sh
report demo 600 tools/demo/demo.sh
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
