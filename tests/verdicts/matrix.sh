#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# matrix.sh [--causes="NAME..."] [--strengths="1 2 3"] [--cc="NAME..."] [--families="4 6"]
#           [--backends="sock_diag collector"] [--jobs=N] [--least=PERCENT] [--keep=DIR]
#           [--table=FILE]
#
# Makes the causes of tests/verdicts/cases on the path emulator, several beside each other, and
# judges what `tcpestats why` says of them at both ends. Fails if less than so many per cent of the
# words are right, or if one that is wrong was said without a doubt.

. tests/path/lib.sh
path_root "$@"
path_permitted || path_skip "may not make network namespaces or TUN devices here"

causes=$(sed -n 's/^\([a-z-]*\) 1 |.*/\1/p' tests/verdicts/cases)
strengths="1 2 3" controls="reno cubic bbr" families="4 6" backends="sock_diag collector"
jobs=6 least=95 keep='' table=''
for argument; do
    case $argument in
    --causes=*) causes=${argument#*=} ;;
    --strengths=*) strengths=${argument#*=} ;;
    --cc=*) controls=${argument#*=} ;;
    --families=*) families=${argument#*=} ;;
    --backends=*) backends=${argument#*=} ;;
    --jobs=*) jobs=${argument#*=} ;;
    --least=*) least=${argument#*=} ;;
    --keep=*) keep=${argument#*=} && mkdir -p "$keep" ;;
    --table=*) table=${argument#*=} ;;
    *) echo "what is $argument?" >&2 && exit 2 ;;
    esac
done

# Only root may use what the administrator has not allowed to all.
available=
for cc in $controls; do
    if grep -qw "$cc" /proc/sys/net/ipv4/tcp_available_congestion_control; then
        available="$available $cc"
    else
        echo "SKIP: congestion control $cc is not there"
    fi
done
[ -n "$available" ] || exit 77

: >"$path_tmp/results"
planned=0
for backend in $backends; do
    export TCPESTATS_COLLECTOR=
    if [ "$backend" = collector ]; then
        # shellcheck source=tests/lib/collector.sh
        . tests/lib/collector.sh
        collector_start "$path_tmp/collector" >"$path_tmp/why" || {
            echo "SKIP: $(cat "$path_tmp/why")"
            continue
        }
        path_pids="$path_pids $collector_pid"
    fi
    for cause in $causes; do
        for strength in $strengths; do
            for cc in $available; do
                for family in $families; do
                    echo "$cause $strength $cc $family $backend${keep:+ $keep}"
                done
            done
        done
    done >"$path_tmp/plan"
    planned=$((planned + $(wc -l <"$path_tmp/plan")))
    # A line is written at once, so that those of several do not mix. To xargs a blank at the end
    # of a line means that it goes on.
    xargs -P "$jobs" -L 1 tests/verdicts/run.sh <"$path_tmp/plan" >>"$path_tmp/results" ||
        echo "some did not run"
done
[ "$(wc -l <"$path_tmp/results")" -ge $((planned * 19 / 10)) ] || exit 1
awk -v table="$table" -v least="$least" -f tests/verdicts/judge.awk \
    tests/verdicts/cases "$path_tmp/results"
