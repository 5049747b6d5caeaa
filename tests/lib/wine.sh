# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# For tests that run Windows programs: a network and a Wine prefix of their own. To be sourced from
# the top of the checkout.
#
#   . tests/lib/wine.sh
#   wine_private_net "$@"      go on in a network namespace of our own (restarts the script)
#   wine_private_sys "$@"      before it: with a /sys that shows the links of that network
#   wine_prefix 64             fresh WINEPREFIX; 32: one that runs 32-bit programs too
#   wine_install               put our DLLs into it, as a user would; from then on the server stays
#                              for the next program, which starts much faster so
#   wine_half_open 5999        somebody's handshakes with that port begin, and never end
#   wine_run 60 prog.exe ...   run a program, killed after 60 seconds
#
# Sockets live in the namespace in which wineserver was started, so each prefix has its own server,
# started inside. $wine_tmp is removed at exit together with all that ran in the prefix.

O=$(mkdir -p "${O:-build}" && cd "${O:-build}" && pwd)
export O

wine_skip() {
    echo "SKIP: $*"
    exit 77
}

# Debian's newer packages have it beside Wine's libraries only.
command -v wineserver >/dev/null || PATH=$PATH:/usr/lib/x86_64-linux-gnu/wine:/usr/lib/wine
export PATH
for _tool in wine wineserver unshare ip flock; do
    command -v $_tool >/dev/null || wine_skip "$_tool is not installed"
done

# The namespace has lo, and a veth with a link-local and a global address of each family. reno is
# the one congestion control that every kernel has.
wine_private_net() {
    if [ "${WINE_TEST_NET:-}" != "$$" ]; then
        _flags=-n
        unshare $_flags true 2>/dev/null || _flags=-Urn # as the root of a user namespace
        unshare $_flags true 2>/dev/null || wine_skip "may not make a network namespace"
        # exec keeps the process id, which tells the inner run from an inherited variable.
        WINE_TEST_NET=$$ exec unshare $_flags -- "$0" "$@"
    fi
    ip link set lo up
    echo reno >/proc/sys/net/ipv4/tcp_congestion_control 2>/dev/null || true
    if ip link add est0 type veth peer name est1 2>/dev/null; then
        ip link set est0 addrgenmode none
        ip link set est1 addrgenmode none
        ip link set est1 up
        ip link set est0 up
        ip addr add 192.0.2.1/24 dev est0
        ip -6 addr add fe80::e57:1/64 dev est0 nodad 2>/dev/null
        ip -6 addr add 2001:db8::1/64 dev est0 nodad 2>/dev/null
    else
        echo "SKIP: no veth interface, so no link-local addresses"
    fi
    return 0
}

# A neighbour that begins a connection to 198.51.100.1, port $1, again and again, and hears no
# answer. It ends with the namespace that its link leads to.
wine_half_open() { # port
    unshare -n sleep 280 &
    _neighbour=$!
    trap 'kill $_neighbour 2>/dev/null; _wine_cleanup' EXIT
    sleep 0.3
    ip link add half0 type veth peer name half1 netns $_neighbour 2>/dev/null || return 0
    ip addr add 198.51.100.1/24 dev half0 && ip link set half0 up
    # Its address leads nowhere.
    ip neigh add 198.51.100.2 lladdr 02:00:00:00:00:99 dev half0 nud permanent
    nsenter --net=/proc/$_neighbour/ns/net tests/lib/half-open "$1" >/dev/null 2>&1 &
}

# Where that may not be, the machine's /sys stays, and $wine_own_sys empty.
wine_private_sys() {
    if [ "${WINE_TEST_NET:-}" != "$$" ]; then
        _flags=-nm
        unshare $_flags true 2>/dev/null || _flags=-Urnm
        unshare $_flags true 2>/dev/null || return 0 # for wine_private_net to say
        WINE_TEST_NET=$$ exec unshare $_flags -- "$0" "$@"
    fi
    wine_own_sys=''
    ! mount -t sysfs sysfs /sys 2>/dev/null || wine_own_sys=yes
}

_wine_cleanup() {
    trap - EXIT
    [ -n "${WINEPREFIX:-}" ] && wineserver -k 2>/dev/null && wineserver -w 2>/dev/null
    rm -rf "$wine_tmp"
}

# A template per kind is made once in $O and copied, since wineboot takes long.
_wine_template() { # directory
    (
        flock 9
        [ -e "$1/.complete" ] && exit 0
        rm -rf "$1"
        mkdir "$1"
        # shellcheck disable=SC2030 # the template's, in this subshell only
        export WINEPREFIX="$1"
        timeout -k 5 300 wine wineboot --init >"$1.log" 2>&1
        timeout 60 wineserver -w
        wineserver -k 2>/dev/null
        [ -e "$1/system.reg" ] || exit 1
        # Own folders instead of links into somebody's home directory.
        find "$1/drive_c/users" -type l | while read -r link; do
            rm "$link" && mkdir "$link"
        done
        touch "$1/.complete"
    ) 9>"$1.lock"
}

wine_prefix() { # 64 | 32
    wine_tmp=$(mktemp -d "${TMPDIR:-/tmp}/estats-wine.XXXXXX")
    trap _wine_cleanup EXIT
    trap 'exit 130' INT TERM HUP
    export HOME="$wine_tmp/home" XDG_RUNTIME_DIR="$wine_tmp/run"
    mkdir -m 700 "$HOME" "$XDG_RUNTIME_DIR"
    # No .NET, no browser, no desktop files: nothing here needs them and they take minutes.
    export WINEDLLOVERRIDES="mscoree,mshtml,winemenubuilder.exe="
    export WINEDEBUG="${WINEDEBUG:--all}"
    unset WINEARCH DISPLAY WAYLAND_DISPLAY
    case $1 in
    32)
        [ -d "$O/wine32/i386-windows" ] || wine_skip "no 32-bit Wine files in $O/wine32"
        WINEDLLPATH=$O/wine32 && export WINEDLLPATH
        _template=$O/prefix-template-32
        ;;
    *)
        unset WINEDLLPATH
        _template=$O/prefix-template
        ;;
    esac
    _wine_template "$_template" || {
        echo "cannot make a Wine prefix, see $_template.log"
        exit 1
    }
    cp -a "$_template" "$wine_tmp/prefix"
    # shellcheck disable=SC2031
    export WINEPREFIX="$wine_tmp/prefix"
}

# Our DLLs come from the build directory: the helper is found through WINEDLLPATH.
wine_install() {
    WINEDLLPATH=${WINEDLLPATH:+$WINEDLLPATH:}$O/wine && export WINEDLLPATH
    timeout 10 wineserver -w # for that of the program before, which does not stay
    wineserver -p120 >/dev/null 2>&1 </dev/null 9>&-
    tools/wine-estats install || {
        echo "wine-estats install failed"
        exit 1
    }
}

wine_run() { # seconds, program, arguments
    _limit=$1
    shift
    timeout -k 5 "$_limit" wine "$@"
}
