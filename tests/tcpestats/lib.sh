# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# For scripts that test tcpestats over real connections. To be sourced from the top of the checkout.
#
#   . tests/tcpestats/lib.sh
#   cli_private_net "$@"       go on in a network namespace of our own (restarts the script)
#   cli_begin                  $cli_tmp, a state directory of our own, clean-up at exit
#   cli_pair [OPTION...]       start tests/tcpestats/pair; tuples in $cli_pair_file, $near, $far
#   cli_unpair                 end it, its connections closed
#   eventually COMMAND...      wait until it succeeds: a minute at most, which is far more than it
#                              takes on a busy machine
#   run CODE ARGS...           run tcpestats; stdout in $out, stderr in $err; check its exit code
#   check "what" COMMAND...    one check
#   cli_end                    the closing line and exit status

O=$(mkdir -p "${O:-build}" && cd "${O:-build}" && pwd)
export O
cli=$O/tcpestats
cli_pair_program=
cli_passed=0 cli_failed=0

cli_skip() {
    echo "SKIP: $*"
    exit 77
}

cli_private_net() {
    if [ "${CLI_TEST_NET:-}" != "$$" ]; then
        cli_flags=-n
        unshare -n true 2>/dev/null || cli_flags=-Urn
        unshare $cli_flags true 2>/dev/null || cli_skip "may not make a network namespace"
        # exec keeps the process id, which tells the inner run from an inherited variable.
        CLI_TEST_NET=$$ exec unshare $cli_flags -- "$0" "$@"
    fi
    ip link set lo up
}

cli_begin() {
    cli_tmp=$(mktemp -d "${TMPDIR:-/tmp}/tcpestats-test.XXXXXX")
    out=$cli_tmp/out err=$cli_tmp/err
    : >"$out"
    : >"$err"
    export XDG_RUNTIME_DIR="$cli_tmp/run"
    mkdir -m 700 "$XDG_RUNTIME_DIR"
    trap cli_cleanup EXIT
    trap 'exit 1' INT TERM
}

cli_cleanup() {
    cli_unpair
    rm -rf "$cli_tmp"
}

# File descriptor 9 is what the pair waits for.
cli_pair() {
    cli_unpair
    cli_pair_file=$cli_tmp/tuples
    rm -f "$cli_tmp/fifo" "$cli_pair_file"
    mkfifo "$cli_tmp/fifo"
    "${cli_pair_program:-$O/tests/tcpestats/pair}" "$@" <"$cli_tmp/fifo" >"$cli_pair_file" 9>&- &
    cli_pair_pid=$!
    exec 9>"$cli_tmp/fifo"
    # Their names come at once.
    eventually [ -s "$cli_pair_file" ] || { echo "the pair did not start"; exit 1; }
    near=$(sed -n 1p "$cli_pair_file")
    far=$(sed -n 2p "$cli_pair_file")
}

cli_unpair() {
    [ -n "${cli_pair_pid:-}" ] || return 0
    exec 9>&-
    wait "$cli_pair_pid"
    cli_pair_pid=
}

eventually() { # command...
    cli_until=$(($(date +%s) + 60))
    until "$@"; do
        [ "$(date +%s)" -lt $cli_until ] || return 1
        sleep 0.05
    done
}

passed() {
    cli_passed=$((cli_passed + 1))
}

failed() {
    cli_failed=$((cli_failed + 1))
    echo "FAILED: $*"
    sed 's/^/    stdout: /' "$out" | head -n 20
    sed 's/^/    stderr: /' "$err" | head -n 20
}

check() { # what, command...
    cli_what=$1
    shift
    if "$@" >"$cli_tmp/check" 2>&1; then
        passed
    else
        failed "$cli_what"
        head -n 10 "$cli_tmp/check"
    fi
}

run() { # expected exit code, arguments...
    cli_expected=$1
    shift
    timeout 120 "$cli" "$@" >"$out" 2>"$err" 9>&-
    cli_code=$?
    if [ "$cli_code" -eq "$cli_expected" ]; then
        passed
    else
        failed "tcpestats $*: exit code $cli_code instead of $cli_expected"
    fi
}

# Is stdout one JSON text or more, and does each satisfy the jq expression? (For jq, nothing at all
# satisfies anything.)
cli_jq() {
    [ -s "$out" ] && jq -es "$@" "$out"
}

json() { # what, expression, options...
    cli_what=$1 cli_expression=$2
    shift 2
    check "$cli_what" cli_jq "$@" "length > 0 and all(.[]; $cli_expression)"
}

says() { # text on stderr
    check "says '$1'" grep -qF -- "$1" "$err"
}

prints() { # text on stdout
    check "prints '$1'" grep -qF -- "$1" "$out"
}

cli_end() {
    echo "$cli_passed passed, $cli_failed failed"
    [ "$cli_failed" -eq 0 ]
    exit
}
