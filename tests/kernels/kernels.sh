#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# kernels.sh [--markdown FILE] [--list FILE]: boots every kernel of kernels.list in QEMU, without
# KVM, with libraries of the Debian that it is from, and runs the collector's tests on it, with the
# programs loaded with the unit's capabilities and no others. Takes some minutes for each. Logs are
# in $O/kernels; arm64's programs are those of $O/kernels/arm64.
#
# A row that ran replaces the one of the same kernel in FILE; the others stay as they are.

set -eu

here=$(dirname "$0")
O=$(cd "${O:-build}" && pwd)
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

for tool in qemu-system-x86_64 qemu-system-aarch64 cpio xz zstd; do
    command -v $tool >/dev/null || {
        echo "SKIP: $tool is missing (tools/install-deps kernels)"
        exit 77
    }
done

userland="libbpf1 libnl-3-200 libnl-route-3-200 libsubunit0 iproute2 dash util-linux busybox-static"

boot() { # architecture, kernel, initramfs, its command line
    case $1 in
    amd64) set -- "$2" "$3" "$4" qemu-system-x86_64 '-cpu max' ttyS0 ;;
    arm64) set -- "$2" "$3" "$4" qemu-system-aarch64 '-M virt -cpu cortex-a76' ttyAMA0 ;;
    esac
    # shellcheck disable=SC2086 # words are wanted
    timeout "${KERNEL_SECONDS:-3600}" "$4" -accel tcg $5 -m 1024 -nographic -no-reboot -nic none \
        -kernel "$1" -initrd "$2" -append "console=$6 quiet panic=-1 $3" </dev/null
}

# How many of these tests passed, which failed, and how many cases were skipped.
suites() { # log, pattern of names, which may begin with !
    tr -d '\r' <"$1" | awk -v pattern="${2#!}" \
        -v want="$([ "${2#!}" = "$2" ] && echo 1 || echo 0)" '
        /^@ test / && ($3 ~ pattern) == want {
            all++
            if ($4 == 0) passed++
            else failed = failed " " $3
            skipped += $5
        }
        END {
            if (!all) printf "not run"
            else {
                printf "%d of %d passed", passed, all
                if (failed != "") printf ", FAILED:%s", failed
                if (skipped) printf ", %d cases skipped", skipped
            }
        }'
}

said() { # log, word
    tr -d '\r' <"$1" | sed -n "s/^@ $2 //p" | head -n 1
}

cells() { # log
    loads=$(said "$1" loads)
    missing=$(said "$1" missing)
    fentry=$(said "$1" 'fentry loads')
    echo "${loads:-no} | ${fentry:-not tried} | ${missing:-nothing} |" \
        "$(suites "$1" '!^host-') | $(suites "$1" '^host-')"
}

# The rows as they were, but for the one that begins like this.
replace_row() { # row
    # shellcheck disable=SC2016 # awk's own
    awk -v row="$1" -v key="${1%%+*}" 'BEGIN { split(row, new, " [|] ") }
        { split($0, old, " [|] ") }
        /^[|] (amd64|arm64) / && old[1] == new[1] && old[2] == new[2] && old[3] == new[3] {
            print row; done = 1; next
        }
        { print }
        END { if (!done) print row }' "$table" >"$work/table.tmp"
    cat "$work/table.tmp" >"$table"
}

[ -e "$table" ] || cat "$here/table-head.md" >"$table"
failures=0
grep -v '^#' "$list" | {
    while read -r arch suite package more; do
        release=$("$here/fetch.sh" "$arch" "$suite" "$package" "$work") || {
            echo "SKIP: $suite has no $package"
            continue
        }
        log=$work/$release${more:+-${more%% *}}.log
        # shellcheck disable=SC2086 # words are wanted
        root=$("$here/userland.sh" "$arch" "$suite" "$work/guest" $userland)
        programs=$O
        [ "$arch" = amd64 ] || programs=$work/$arch
        O=$programs "$here/initrd.sh" "$work/$release" "$release" "$root" "$work/$release.initrd"
        "$here/unpack.sh" "$(find "$work/$release" -name 'vmlinuz*' | head -n 1)" \
            "$work/$release.kernel"
        boot "$arch" "$work/$release.kernel" "$work/$release.initrd" "$more" >"$log" 2>&1 || :
        version=$(sed -n 's/.*@ version .*Debian \([^ ]*\) .*/\1/p' "$log" | head -n 1)
        options=$(echo " $more" | sed 's/ only-load//; s/ host//; s/^ *//')
        line="| $arch | $suite | ${version:-$release}${options:+, \`$options\`} |"
        line="$line $(date -u +%F) | $(cells "$log") |"
        echo "$line"
        replace_row "$line"
        if ! grep -q '^@ done' "$log" || ! grep -q '^@ loads yes' "$log" ||
            grep -q '^@ test [a-z-]* [1-9]' "$log"; then
            failures=$((failures + 1))
            tail -n 40 "$log"
        fi
    done
    echo "$failures kernels failed"
    [ "$failures" -eq 0 ]
}
