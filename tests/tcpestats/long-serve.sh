#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A real Prometheus scrapes tcpestats serve: it finds the target up, stores every family with its
# type and unit, and its rates are those of a transfer at a known pace. Thousands of short
# connections are each counted.

. tests/tcpestats/lib.sh
cli_private_net "$@"
for tool in prometheus promtool; do
    command -v $tool >/dev/null || cli_skip "no $tool"
done
cli_begin
# shellcheck disable=SC2317
clean_up() {
    for pid in ${server:-} ${prometheus:-}; do
        kill "$pid" 2>/dev/null
        wait "$pid"
    done
    cli_cleanup
}
trap clean_up EXIT
rate=2000000

"$cli" serve --listen 127.0.0.1:9956 --by port --interval 1 >"$out" 2>"$err" &
server=$!
cat >"$cli_tmp/prometheus.yml" <<END
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: tcpestats
    static_configs:
      - targets: ['127.0.0.1:9956']
END
check "the configuration is good" promtool check config "$cli_tmp/prometheus.yml"
prometheus --config.file="$cli_tmp/prometheus.yml" --storage.tsdb.path="$cli_tmp/tsdb" \
    --web.listen-address=127.0.0.1:9090 --log.level=warn >"$cli_tmp/prometheus.log" 2>&1 &
prometheus=$!

# Asks Prometheus: $out has its answer.
api() { # path below /api/v1/
    # shellcheck disable=SC2016
    timeout 20 bash -c 'exec 3<>/dev/tcp/127.0.0.1/9090 &&
        printf "GET /api/v1/%s HTTP/1.0\r\n\r\n" "$0" >&3 && cat <&3' "$1" 2>/dev/null |
        sed '1,/^\r*$/d' >"$out"
}
query() { # PromQL, without blanks
    api "query?query=$1"
}
await() { # seconds, jq expression on the answer, PromQL
    tries=$(($1 * 2))
    until query "$3" && jq -e "$2" "$out" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.5
    done
}

cli_pair -r $rate
port=${near##*:}
check "the target is up" await 30 '.data.result[0].value[1] == "1"' up
check "the rate is the sender's" await 40 ".data.result[0].value[1] | tonumber |
    . > 0.8 * $rate and . < 1.2 * $rate" \
    "sum(rate(tcpestats_sent_bytes_total%7Bport=%22$port%22%7D%5B6s%5D))"
cli_unpair
check "an end is counted" await 10 '.data.result[0].value[1] == "2"' \
    "sum(tcpestats_connections_ended_total%7Bport=%22$port%22%7D)"
check "and judged" await 10 '.data.result[0].value[1] == "2"' \
    "sum(tcpestats_verdicts_total%7Bport=%22$port%22%7D)"
check "a quantile of its round trips" await 10 '.data.result[0].value[1] | tonumber < 0.01' \
    "histogram_quantile(0.5,tcpestats_min_rtt_seconds_bucket%7Bport=%22$port%22%7D)"
api metadata
json "types are known" '.data.tcpestats_sent_bytes_total // .data.tcpestats_sent_bytes |
    .[0] | .type == "counter" and .unit == "bytes"'
json "and those of histograms" '.data.tcpestats_min_rtt_seconds[0] | .type == "histogram" and
    .unit == "seconds"'

# Short ones, many at a time: 4000 connections, each with two ends. (Scrapes are connections, too.)
others='port!~%22|9956|9090%22'
number() { # PromQL
    query "$1"
    jq -r '.data.result[0].value[1]' "$out"
}
ends="sum(tcpestats_connections_ended_total%7B$others%7D)"
bytes="sum(tcpestats_sent_bytes_total%7B$others%7D)"
ends_before=$(number "$ends") bytes_before=$(number "$bytes")
i=0
while [ $i -lt 20 ]; do
    cli_pair -n 200 10
    cli_unpair
    i=$((i + 1))
done
check "each of the short ones is counted" await 15 \
    ".data.result[0].value[1] | tonumber == $((ends_before + 8000))" "$ends"
query "$bytes"
json "with its bytes" '.data.result[0].value[1] | tonumber == $all' \
    --argjson all $((bytes_before + 40000))
query "sum(tcpestats_lost_ends_total)"
json "and none was lost" '.data.result[0].value[1] == "0"'
check "Prometheus had nothing to complain of" [ "$(grep -c . "$cli_tmp/prometheus.log")" = 0 ]
cli_end
