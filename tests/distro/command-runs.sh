#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# command-runs.sh PART: what an installed tcpestats does for an ordinary user, on a machine that has
# nothing but the packages: a transfer of its own, and what is said of it. A part leaves its files
# for the next.
set -u
port=5001
# shellcheck disable=SC2016 # for perl
sender='my $l = IO::Socket::INET->new(Listen => 9, ReuseAddr => 1,
    LocalAddr => "127.0.0.1:" . shift) or die "no listener";
my $c = IO::Socket::INET->new(PeerAddr => $l->sockhost . ":" . $l->sockport) or die;
my $s = $l->accept;
my $end = time + shift;
do {
    print $c "x" x 10000;
    sysread $s, my $got, 10000;
    select undef, undef, undef, .01;
} while time < $end;'

transfer() { # seconds
    perl -MIO::Socket::INET -e "$sender" $port "$1"
}

fail() {
    echo "$*"
    exit 1
}

# The words of a failure stand in the output.
refuses() { # status, words, command
    wanted=$1 words=$2
    shift 2
    said=$(timeout 20 "$@" 2>&1)
    [ $? -eq "$wanted" ] || fail "not status $wanted: $said"
    echo "$said" | grep -F "$words"
}

case ${1:-} in
record)
    rm -f r.jsonl.gz
    transfer 4 &
    sleep 1
    tcpestats record -d 2 r.jsonl.gz port:$port
    wait
    ;;
from)
    tcpestats list --from r.jsonl.gz && tcpestats show --from r.jsonl.gz rport:$port Data &&
        tcpestats why --json --from r.jsonl.gz rport:$port | tee why.json
    jq -e '.connections[0].cause | length > 3' why.json
    ;;
why)
    transfer 5 &
    sleep 1
    tcpestats why -d 2 rport:$port
    status=$?
    wait
    exit $status
    ;;
log)
    tcpestats log --json port:$port >log.json &
    log=$!
    sleep 1
    transfer 0
    sleep 1
    kill $log
    wait $log || exit 1
    jq -es 'length == 2 and all(.[]; .connections[0].ending.code | length > 3)' log.json
    ;;
text)
    tcpestats plot r.jsonl.gz rport:$port
    ;;
no-picture)
    refuses 4 gnuplot tcpestats plot --force -o r.svg r.jsonl.gz
    ;;
pictures)
    for kind in svg png html; do
        tcpestats plot --force -o r.$kind r.jsonl.gz && [ -s r.$kind ] || exit 1
    done
    grep -q '</svg>' r.svg && grep -q '</html>' r.html
    ;;
no-serve)
    refuses 4 libmicrohttpd tcpestats serve
    ;;
serve)
    tcpestats serve &
    serve=$!
    sleep 2
    transfer 1
    perl -MIO::Socket::INET -e '
        my $c = IO::Socket::INET->new(PeerAddr => "127.0.0.1:9956") or die "nobody serves";
        print $c "GET /metrics HTTP/1.0\r\n\r\n";
        print while <$c>' >metrics
    kill $serve
    wait $serve || exit 1
    head -n 20 metrics
    grep '^tcpestats_.*connections' metrics
    ;;
*)
    fail "usage: command-runs.sh PART"
    ;;
esac
