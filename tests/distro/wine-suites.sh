#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# wine-suites.sh DIRECTORY [NAME...]: what has to hold under any Wine, under the one that is found
# here: a line for each suite, or for those that are named. What they say goes into DIRECTORY.
set -u

mkdir -p "$1"
log=$1
shift
passed=0 failed=0 skipped=0

# Name, seconds, command. Last, 32-bit code of the host, which is built for check-wine32.sh only.
suites() {
    cat <<'END'
conformance-64 1500 tests/conformance/test-wine64.sh
conformance-32 1500 tests/conformance/test-wine32.sh
dll-among-wines 1500 dlls/test-shim.sh
install-uninstall 1500 tests/wine-estats/test-install.sh
restore 1500 tests/wine-estats/test-restore.sh
self-test 1500 tests/wine-estats/test-check.sh
ras-codes 1500 tests/ras/test-codes.sh
parity 1500 tests/tcpestats/test-parity.sh
callers 1500 tests/callers/test-callers.sh
release 600 tests/distro/release-runs.sh
demo 600 tools/demo/demo.sh
END
    for program in "$O"/i386/host/test-*; do
        case $program in
        *.[do] | *'*') ;;
        *) echo "host-32-${program##*/test-} 600 $program" ;;
        esac
    done
}

report() { # name, seconds, command
    name=$1
    shift
    timeout -k 5 "$@" >"$log/$name.log" 2>&1 </dev/null
    status=$?
    # What ends without one has tested nothing.
    closing=$(grep -hE '^[0-9]+ passed, |tests executed|Every number of|Checks:' "$log/$name.log" |
        tail -n 1 | tr -d '\r')
    case $status:$closing in
    0:?*) verdict=ok passed=$((passed + 1)) ;;
    77:*) verdict=SKIP skipped=$((skipped + 1)) ;;
    *) verdict=FAILED failed=$((failed + 1)) ;;
    esac
    printf '%-7s %-26s %s\n' $verdict "$name" "$closing"
    tr -d '\r' <"$log/$name.log" | sed -n 's/^SKIP: /        skipped: /p' | sort -u
    [ $verdict != FAILED ] || tail -n 30 "$log/$name.log" | sed 's/^/        | /'
}

# shellcheck disable=SC2046 # words are wanted
[ $# -gt 0 ] || set -- $(suites | cut -d' ' -f1)
for wanted; do
    suite=$(suites | grep "^$wanted ") || {
        echo "there is no suite $wanted" >&2
        exit 2
    }
    # shellcheck disable=SC2086 # words are wanted
    report $suite
    # The table that it leaves in $O, which an emulated machine takes with it.
    [ "$wanted" != callers ] || cp "$O/callers/table.md" "$log" 2>/dev/null
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
