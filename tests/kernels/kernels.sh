#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# kernels.sh [--markdown FILE] [--list FILE]: boots every kernel of kernels.list in QEMU, without
# KVM, and runs the collector's tests on it. Takes some minutes for each. Logs are in $O/kernels.

set -eu

here=$(dirname "$0")
O=$(cd "${O:-build}" && pwd)
export O
work=$O/kernels
mkdir -p "$work"
table=$work/table.md
list=$here/kernels.list
while [ $# -gt 1 ]; do
    case $1 in
    --markdown) table=$2 ;;
    --list) list=$2 ;;
    *) break ;;
    esac
    shift 2
done

for tool in qemu-system-x86_64 cpio xz zstd; do
    command -v $tool >/dev/null || {
        echo "SKIP: $tool is missing (Debian: qemu-system-x86 cpio xz-utils zstd busybox-static)"
        exit 77
    }
done

cells() { # log
    loads=$(sed -n 's/^@ loads //p' "$1" | tr -d '\r')
    missing=$(sed -n 's/^@ missing //p' "$1" | tr -d '\r')
    passed=$(grep -c '^@ test [a-z]* 0 ' "$1" || :)
    failed=$(tr -d '\r' <"$1" | awk '/^@ test / && $4 != 0 { printf "%s%s", sep, $3; sep = " " }')
    skipped=$(tr -d '\r' <"$1" | awk '/^@ test / { n += $5 } END { print n + 0 }')
    skipped_any=${skipped#0}
    printf '%s | %s | ' "${loads:-no}" "${missing:-nothing}"
    if grep -q '^@ test' "$1"; then
        echo "$passed suites passed${failed:+, FAILED: $failed}${skipped_any:+, $skipped skipped}"
    else
        echo "not run"
    fi
}

failures=0
sed 's/@date@/'"$(date -u +%F)"'/' "$here/table-head.md" >"$work/table.tmp"
while read -r suite package more; do
    case $suite in '' | '#'*) continue ;; esac
    release=$("$here/fetch.sh" "$suite" "$package" "$work") || {
        echo "SKIP: $suite has no $package"
        continue
    }
    log=$work/$release${more:+-${more%% *}}.log
    "$here/initrd.sh" "$work/$release" "$release" "$work/$release.initrd"
    timeout "${KERNEL_SECONDS:-900}" qemu-system-x86_64 -accel tcg -cpu max -m 1024 -nographic \
        -no-reboot -nic none -kernel "$(find "$work/$release" -name 'vmlinuz*' | head -n 1)" \
        -initrd "$work/$release.initrd" -append "console=ttyS0 quiet panic=-1 $more" \
        >"$log" 2>&1 </dev/null || :
    version=$(sed -n 's/.*@ version .*Debian \([^ ]*\) .*/\1/p' "$log" | head -n 1)
    options=$(echo " $more" | sed 's/ only-load//; s/^ *//')
    line="| $suite | ${version:-$release}${options:+, \`$options\`} | $(cells "$log") |"
    echo "$line" | tee -a "$work/table.tmp"
    if ! grep -q '^@ done' "$log" || grep -q '^@ test [a-z]* [1-9]' "$log"; then
        failures=$((failures + 1))
        tail -n 40 "$log"
    fi
done <"$list"
mv "$work/table.tmp" "$table"
echo "$failures kernels failed"
[ "$failures" -eq 0 ]
