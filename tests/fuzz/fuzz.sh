#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Runs each fuzz target for FUZZ_SECONDS (60), two at a time, from the corpora in the tree. What is
# found goes to $O/fuzz/findings, crashes under a name that begins with crash-, timeout-, oom- or
# leak-. To keep one: copy it into tests/fuzz/corpus/<target> under a name that says what it shows.
#
# usage: fuzz.sh [TARGET...]

O=${O:-build}
top=$(dirname "$0")
seconds=${FUZZ_SECONDS:-60}

mkdir -p "$O/fuzz/findings"
log=$O/fuzz/findings/build.log
if ! echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' |
    ${FUZZ_CLANG:-clang} -x c -fsanitize=fuzzer,address,undefined -o "$O/fuzz/probe" - \
        >"$log" 2>&1; then
    echo "SKIP: clang cannot build with libFuzzer (clang, libclang-rt-dev)"
    exit 77
fi
make -s O="$O" fuzzers >"$log" 2>&1 || {
    cat "$log"
    exit 1
}

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

# Runs one target; its verdict goes to a file.
run() {
    found=$O/fuzz/findings/$1
    mkdir -p "$found" "$scratch/$1"
    dict=
    [ ! -f "$top/$1.dict" ] || dict=-dict=$top/$1.dict
    TMPDIR="$scratch/$1" "$O/fuzz/fuzz-$1" -max_total_time="$seconds" -timeout=10 -max_len=4096 \
        -rss_limit_mb=1024 -print_final_stats=1 ${dict:+"$dict"} \
        -artifact_prefix="$found/" "$found" "$top/corpus/$1" >"$scratch/$1.log" 2>&1
    echo $? >"$scratch/$1.status"
}

targets=${*:-$(ls "$top/corpus")}
count=0
for target in $targets; do
    run "$target" &
    count=$((count + 1))
    [ $((count % 2)) -ne 0 ] || wait
done
wait

passed=0 failed=0
for target in $targets; do
    if [ "$(cat "$scratch/$target.status")" = 0 ]; then
        passed=$((passed + 1))
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$scratch/$target.log")
        cover=$(grep -o 'cov: [0-9]*' "$scratch/$target.log" | tail -n 1)
        echo "$target: $runs inputs in $seconds s, $cover"
    else
        failed=$((failed + 1))
        echo "FAILED: $target"
        tail -n 60 "$scratch/$target.log"
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
