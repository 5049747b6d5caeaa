#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The service's sandbox is as tight as promised, man page and units are well-formed, and the object
# for kernels that lack a function of others does not name it.

O=${O:-build}
most=1.5
failed=0

if [ ! -f "$O/tcpestatsd/tcpestatsd.service" ]; then
    echo "SKIP: the collector is not built here"
    exit 77
fi
if command -v mandoc >/dev/null; then
    mandoc -T lint -W warning tools/tcpestatsd/tcpestatsd.8 || failed=1
else
    echo "SKIP: mandoc is not installed"
fi
# As root nobody would notice: the search for it goes on in modules, which takes CAP_SYS_ADMIN.
undefined=$(nm -u "$O/tcpestatsd/plain.o" 2>&1) || failed=1
if [ -n "$undefined" ]; then
    echo "plain.o wants of the kernel: $undefined"
    failed=1
fi
if ! command -v systemd-analyze >/dev/null; then
    echo "SKIP: systemd-analyze is not installed"
    exit $failed
fi

exposure=$(systemd-analyze security --no-pager --offline=yes "$O/tcpestatsd/tcpestatsd.service" |
    sed -n 's/.*Overall exposure level for tcpestatsd.service: \([0-9.]*\).*/\1/p')
echo "exposure: ${exposure:-unknown}, at most $most"
awk -v is="$exposure" -v most=$most 'BEGIN { exit !(is != "" && is + 0 <= most + 0) }' || failed=1

# With the program where the unit looks for it. It complains of manuals that are not installed.
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
cp "$O/tcpestatsd/tcpestatsd.socket" "$scratch"
sed "s|^ExecStart=[^ ]*|ExecStart=/bin/true|" "$O/tcpestatsd/tcpestatsd.service" \
    >"$scratch/tcpestatsd.service"
systemd-analyze verify --man=no "$scratch/tcpestatsd.service" "$scratch/tcpestatsd.socket" \
    >"$scratch/log" 2>&1 || failed=1
cat "$scratch/log"
# What systemd learnt late an older one passes over.
sed -i "/Unknown key 'AcceptFileDescriptors'/d" "$scratch/log"
grep -q 'tcpestatsd\.\(service\|socket\):' "$scratch/log" && failed=1
exit $failed
