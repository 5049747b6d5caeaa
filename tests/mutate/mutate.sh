#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Does the suite bite? Changes one line of a copy of the tree at a time, as mutations.list says, and
# runs the tests that should notice. A change that none of them notices is a failure, and so is one
# that no longer applies to exactly one line or does not compile: the list must not go stale.
#
# usage: mutate.sh [WORD...]    only mutations whose name contains one of the words
# MUTATE_JOBS (2): how many copies are worked on at a time.

set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
list=${MUTATE_LIST:-$here/mutations.list}
jobs=${MUTATE_JOBS:-2}
limit=90 # seconds for a test; one that hangs has noticed, too

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
chmod 711 "$scratch" # some tests become another user

# --- the list: records of four lines, "key: value", after each other ---

mkdir "$scratch/list"
awk -v dir="$scratch/list" '
    /^#/ || /^$/ { next }
    { at = index($0, ":"); key = substr($0, 1, at - 1); value = substr($0, at + 1)
      sub(/^ +/, "", value) }
    key == "name" { n++; file = sprintf("%s/%03d", dir, n); print value > (file ".name"); next }
    key == "file" || key == "sed" || key == "by" { print value > (file "." key); next }
    { print "line " NR " of the list: " $0; exit 1 }' "$list" || exit 1

# Leaves out what was not asked for.
if [ $# -gt 0 ]; then
    for name in "$scratch"/list/*.name; do
        keep=
        for word in "$@"; do
            case $(cat "$name") in *"$word"*) keep=1 ;; esac
        done
        [ -n "$keep" ] || rm -f "${name%.name}".*
    done
fi
numbers=$(find "$scratch/list" -name '*.name' -exec basename {} .name \; | sort)
[ -n "$numbers" ] || {
    echo "no such mutation"
    exit 1
}
targets=$(cat "$scratch"/list/*.by | tr ' ' '\n' | sort -u)

# --- copies of the tree ---

copy_tree() {
    mkdir "$1"
    if git -C "$top" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        (cd "$top" && git ls-files -z --cached --others --exclude-standard |
            tar -c --null --ignore-failed-read -T - 2>/dev/null) | tar -x -C "$1"
    else
        (cd "$top" && tar -c --exclude="./${O:-build}" .) | tar -x -C "$1"
    fi
}

# build COPY TARGET...: what is built need not be fast, nor be free of warnings.
build() (
    cd "$1" || exit 1
    shift
    printf 'build/%s\n' "$@" |
        MAKEFLAGS='' MFLAGS='' xargs make -s -j2 O=build WERROR= CFLAGS='-O1 -g -w' >make.log 2>&1
)

# run COPY TARGET
run() (
    cd "$1" || exit 1
    corpus=
    case $2 in fuzz/replay-*) corpus=tests/fuzz/corpus/${2#fuzz/replay-} ;; esac
    export O=build TMPDIR="$1/tmp"
    mkdir -p -m 1777 tmp
    timeout -k 5 "$limit" "build/$2" ${corpus:+"$corpus"/*} >run.log 2>&1 </dev/null
)

copy_tree "$scratch/0"
# shellcheck disable=SC2086 # one word per target
build "$scratch/0" $targets || {
    echo "the tree does not build:"
    tail -n 30 "$scratch/0/make.log"
    exit 1
}
for target in $targets; do
    run "$scratch/0" "$target" || {
        echo "$target fails without any mutation:"
        tail -n 30 "$scratch/0/run.log"
        exit 1
    }
done

# --- one mutation ---

# try COPY NUMBER: prints a line of the table, writes the verdict.
try() {
    record=$scratch/list/$2
    name=$(cat "$record.name") file=$(cat "$record.file") by=$(cat "$record.by")
    target=$1/$file
    verdict=SURVIVED note="none of: $by" start=$(date +%s)

    cp "$target" "$record.whole"
    sed -f "$record.sed" "$record.whole" >"$target"
    lines=$(diff "$record.whole" "$target" | grep -c '^>')
    if [ "$lines" -ne 1 ]; then
        verdict=STALE note="changes $lines lines of $file"
    else
        for test in $by; do
            if ! build "$1" "$test"; then
                verdict='NO BUILD' note=$(grep -m 1 error "$1/make.log")
                break
            fi
            # The shell's own words about a signal are not wanted.
            if ! run "$1" "$test" 2>/dev/null; then
                verdict=caught
                # The first check that failed, or what a sanitizer or a fuzz target says.
                said=':[FE]:[^:]*:[^:]*|does not hold: .*|ERROR: Add.*|runtime error: .*'
                note="$test: $(grep -m 1 -oE "$said" "$1/run.log" |
                    sed 's/^:[FE]:[^:]*://' | cut -c1-60)"
                break
            fi
        done
    fi
    cp "$record.whole" "$target"
    echo "$verdict" >"$record.verdict"
    printf '%-8s %-44s %3ss  %s\n' "$verdict" "$name" $(($(date +%s) - start)) "$note"
    case $verdict in 'NO BUILD') cat "$1/make.log" ;; esac
}

n=1
while [ "$n" -lt "$jobs" ]; do
    cp -a "$scratch/0" "$scratch/$n"
    n=$((n + 1))
done
n=0
while [ "$n" -lt "$jobs" ]; do
    (
        at=0
        for number in $numbers; do
            [ $((at % jobs)) -ne "$n" ] || try "$scratch/$n" "$number"
            at=$((at + 1))
        done
    ) &
    n=$((n + 1))
done
wait

passed=$(grep -lx caught "$scratch"/list/*.verdict | wc -l)
failed=$(($(echo "$numbers" | wc -l) - passed))
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
