#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# make picture: records the demo's transfer at its sending end, and draws docs/demo.svg.
#
#   PICTURE_SECONDS=12   how long the recording is
#   PICTURE=docs/demo.svg

# shellcheck source=tests/path/lib.sh
. tests/path/lib.sh
path_root "$@"

picture=${PICTURE:-docs/demo.svg}
seconds=${PICTURE_SECONDS:-12}
export XDG_RUNTIME_DIR="$path_tmp/run"
mkdir -m 700 "$XDG_RUNTIME_DIR"

give_up() {
    echo "picture: $*" >&2
    exit 1
}

path_permitted || give_up "this machine permits no path between two namespaces"
# As in the demo: 5 Mbit/s, 10 ms each way, losses.
path_start both:delay=10ms to-right:rate=5000000 to-right:limit=128K \
    "to-right:drop-at=40,200-1000000/200" || give_up "the path does not come up"
# shellcheck disable=SC2086 # words are wanted
xfer_start recv $RIGHT -- listen 192.0.2.2 0 --hold --cc=cubic
port=$(xfer_wait recv listening 5 | jq -r .local_port)
# shellcheck disable=SC2086
xfer_start send $LEFT -- connect 192.0.2.2 "$port" --hold --wait --cc=cubic --send-for=120
connected=$(xfer_wait send connected 5) || give_up "no connection"
conn=$(echo "$connected" | jq -r '"\(.local):\(.local_port)-\(.remote):\(.remote_port)"')
xfer_tell send start
# shellcheck disable=SC2086
$LEFT "$O/tcpestats" record "$path_tmp/demo.jsonl" "$conn" --interval 0.05 \
    --duration "$seconds" || give_up "tcpestats record failed"
xfer_tell send stop
[ -z "${PICTURE_RECORDING:-}" ] || cp "$path_tmp/demo.jsonl" "$PICTURE_RECORDING"
"$O/tcpestats" plot "$path_tmp/demo.jsonl" -o "$picture" --force
