# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2016,SC2034 # for a shell inside; for the tests
#
# Debian releases to test in, each in a chroot made by debootstrap. What is written there is thrown
# away: an overlay covers the files, which are made once and kept in $O/chroot.
#
#   . tests/distro/lib.sh
#   distro_private "$@"        go on in a mount and process namespace of our own
#   distro_open trixie         a fresh chroot with Wine, $distro_root
#   distro_run 60 command...   as root inside, killed after 60 seconds
#   distro_user 60 command...  as an ordinary user inside, in /home/user, without a network
#   distro_wine 60 x.exe...    a Windows program, as that user
#   distro_build               the Debian packages of this tree, built there, into $debs
#                              (DISTRO_AMD64_ONLY=1: nothing for i386)
#   distro_tree                this tree and what is built of it, as /src; written to a layer
#   distro_wine32 sid [new]    a fresh chroot with this tree and the 32-bit half of its Wine where
#                              the tests find it, as one that was fetched; $distro_kind says
#                              which. "new": by new WoW64, although the release has 32-bit code for
#                              it. None on a kernel that runs no such code, unless $DISTRO_EMULATED
#   check SENTENCE command...  counts and says whether it succeeds; distro_finish: how many did
#
# $distro_base is the chroot as it was made; $distro_i386 is set where the release has a 32-bit Wine
# of its own that could be installed.

O=$(mkdir -p "${O:-build}" && cd "${O:-build}" && pwd)
export O

distro_skip() {
    echo "SKIP: $*"
    exit 77
}

# When the script ends, all that it started and mounted goes with it.
distro_private() {
    [ "$(id -u)" -eq 0 ] || distro_skip "only root can make a chroot"
    command -v debootstrap >/dev/null || distro_skip "debootstrap is not installed"
    if [ "${DISTRO_PRIVATE:-}" != 1 ]; then
        DISTRO_PRIVATE=1 exec unshare -m -p -f --kill-child -- "$0" "$@"
    fi
    mount --make-rprivate /
    distro_tmp=$(mktemp -d "${DISTRO_TMP:-$O}/distro.XXXXXX")
    trap 'umount -R -l "$distro_tmp/root" 2>/dev/null; rm -rf --one-file-system "$distro_tmp"' EXIT
    trap 'exit 130' INT TERM HUP
}

distro_run() { # seconds, command
    _limit=$1
    shift
    timeout -k 5 "$_limit" chroot "$distro_root" /usr/bin/env -i \
        PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        HOME=/root "$@" </dev/null
}

# Wine without what wants a display or downloads.
distro_network='ip link set lo up'
distro_user() { # seconds, command
    _limit=$1
    shift
    timeout -k 5 "$_limit" unshare -n -- sh -c "$distro_network; "'exec "$@"' - \
        chroot --userspec=user:user "$distro_root" /usr/bin/env -i \
        PATH=/usr/bin:/bin:/usr/lib/x86_64-linux-gnu/wine LC_ALL=C.UTF-8 HOME=/home/user \
        XDG_RUNTIME_DIR=/home/user/run WINEDEBUG=-all \
        WINEDLLOVERRIDES='mscoree,mshtml,winemenubuilder.exe=' sh -c 'cd && exec "$@"' - "$@" \
        </dev/null
}

# A Windows program. One that comes when the server of the one before is just leaving is turned away
# by Wine 8, now and then.
distro_wine() { # seconds, program, arguments
    _wine_limit=$1
    shift
    for _try in 1 2 3; do
        distro_user "$_wine_limit" wine "$@" >"$distro_tmp/wine" 2>&1
        _status=$?
        cat "$distro_tmp/wine"
        grep -q '^wine client error:0: ' "$distro_tmp/wine" || break
    done
    return "$_status"
}

# What a machine with Wine has, both kinds of programs where they can be had.
distro_packages='wine wine64 libnl-3-200 libnl-route-3-200 iproute2 procps jq binutils make'
_distro_fill() { # directory
    distro_root=$1
    mount -t proc proc "$1/proc"
    # Frozen or mirrored archives may be past their dates.
    printf '%s\n' 'Acquire::Check-Valid-Until "false";' 'APT::Install-Recommends "false";' \
        'Dpkg::Options { "--force-unsafe-io"; };' >"$1/etc/apt/apt.conf.d/90test"
    sed -n 's/^deb /deb-src /p' "$1/etc/apt/sources.list" >"$1/etc/apt/sources.list.d/src.list"
    distro_run 60 dpkg --add-architecture i386
    distro_run 300 apt-get -qq update
    # shellcheck disable=SC2086 # words are wanted
    distro_run 900 apt-get -qq -y install $distro_packages wine32:i386 libnl-3-200:i386 \
        libnl-route-3-200:i386 ||
        distro_run 900 apt-get -qq -y install $distro_packages || return 1
    distro_run 60 useradd -m user && distro_run 60 install -d -o user -m 700 /home/user/run
    distro_run 60 apt-get clean
    umount "$1/proc"
}

distro_root='' distro_count=0
distro_open() { # release
    distro_suite=$1
    _base=$O/chroot/$1
    distro_base=$_base
    mkdir -p "$O/chroot"
    (
        flock 9
        [ -e "$_base.complete" ] && exit 0
        echo "making a chroot of $1" >&2
        rm -rf --one-file-system "$_base"
        { debootstrap --variant=minbase "$1" "$_base" && _distro_fill "$_base"; } \
            >"$_base.log" 2>&1 && touch "$_base.complete"
    ) 9>"$_base.lock"
    [ -e "$_base.complete" ] || distro_skip "no chroot of $1, see $_base.log"
    # Again fresh, when it is open already.
    # Programs of Wine may linger.
    [ -z "$distro_root" ] || umount -R -l "$distro_root"
    distro_count=$((distro_count + 1))
    distro_root=$distro_tmp/root
    _upper=$distro_tmp/$distro_count
    mkdir -p "$distro_root" "$_upper/upper" "$_upper/work"
    mount -t overlay overlay "$distro_root" -o \
        "lowerdir=$_base,upperdir=$_upper/upper,workdir=$_upper/work" ||
        distro_skip "no overlay file system here"
    mount -t proc proc "$distro_root/proc"
    mount --rbind /dev "$distro_root/dev"
    mkdir -p "$distro_root/src" "$distro_root/out"
    distro_i386=
    [ ! -e "$distro_root/usr/lib/i386-linux-gnu/wine/i386-unix/ntdll.so" ] || distro_i386=1
    distro_wine_version=$(distro_run 20 dpkg-query -W -f '${Version}' wine)
}

# Tests in the checkout leave prefixes in it.
distro_tree() {
    mkdir "$_upper/tree" "$_upper/tree-work"
    mount -t overlay overlay "$distro_root/src" -o \
        "lowerdir=$PWD,upperdir=$_upper/tree,workdir=$_upper/tree-work" || exit 1
    # Wherever the build is.
    if [ "$O" != "$PWD/build" ]; then
        mkdir -p "$distro_root/src/build" "$_upper/build" "$_upper/build-work"
        mount -t overlay overlay "$distro_root/src/build" -o \
            "lowerdir=$O,upperdir=$_upper/build,workdir=$_upper/build-work" || exit 1
    fi
    distro_run 60 sh -c 'cd /src/build && rm -rf prefix-template* wine32 chroot deb'
}

# 32-bit code of the host, built in that release: the helper and the library's tests, in $O/i386,
# which shines through where it is built: copied onto itself a file would be cut.
_distro_build32() {
    [ "$(cat "$O/i386/complete" 2>/dev/null)" != "$distro_suite" ] ||
        [ -n "$(find Makefile config.mk dlls include libs tests/host \
            -newer "$O/i386/complete")" ] || return 0
    distro_tree
    {
        distro_run 600 apt-get -qq -y install make pkgconf gcc gcc-i686-linux-gnu libc6-dev:i386 \
            libnl-3-dev:i386 libnl-route-3-dev:i386 zlib1g-dev:i386 check:i386 &&
            distro_run 1200 sh -c 'cd /src &&
                PKG_CONFIG_LIBDIR=/usr/lib/i386-linux-gnu/pkgconfig:/usr/share/pkgconfig \
                make -k -j2 O=build/i386 CC=i686-linux-gnu-gcc WITH_WINDOWS=no WITH_COLLECTOR=no \
                build/i386/wine/i386-unix/wineestats.so host-programs' &&
            rm -rf "$O/i386.part" && cp -a "$distro_root/src/build/i386" "$O/i386.part" &&
            echo "$distro_suite" >"$O/i386.part/complete" && rm -rf "$O/i386" &&
            mv "$O/i386.part" "$O/i386"
    } >"$O/i386.log" 2>&1 || {
        tail -n 40 "$O/i386.log"
        return 1
    }
}

distro_wine32() { # release, new
    _amd64=/usr/lib/x86_64-linux-gnu/wine _i386=/usr/lib/i386-linux-gnu/wine
    _half=/src/build/wine32
    _runs=
    if [ -n "${DISTRO_EMULATED:-}" ] || tools/runs-32bit; then
        _runs=1
    fi
    distro_open "$1"
    if [ -n "$distro_i386" ] && [ -n "$_runs" ]; then
        _distro_build32 || exit 1
        distro_open "$1"
    fi
    distro_tree
    # What test programs are linked with, and what unpacks the release.
    distro_run 300 apt-get -qq -y install libsubunit0 xz-utils ${distro_i386:+libsubunit0:i386} \
        >/dev/null 2>&1
    [ -n "$distro_i386" ] || distro_run 60 rm -rf /src/build/i386
    distro_kind="new WoW64"
    if [ -n "$distro_i386" ] && [ -n "$_runs" ] && [ "${2:-}" != new ]; then
        distro_kind="multiarch"
        distro_run 60 sh -c "mkdir $_half && cp -r /src/build/i386/wine/i386-unix /src/build/wine &&
            ln -s $_i386/i386-windows $_i386/i386-unix $_amd64/x86_64-unix $_half"
    elif [ -n "$distro_i386" ]; then
        # Debian's wine starts the 32-bit one, where there is one.
        distro_kind="new WoW64, with the DLLs of libwine:i386"
        distro_run 900 sh -c "mkdir $_half && cp -r $_i386/i386-windows $_half &&
            ln -s $_amd64/x86_64-unix $_half &&
            apt-get -qq -y remove wine32:i386 libwine:i386" >/dev/null || {
            echo "the 32-bit Wine of $1 is not taken out" >&2
            exit 1
        }
    elif [ -e "$distro_root$_amd64/i386-windows/ntdll.dll" ]; then
        distro_run 60 sh -c "mkdir $_half &&
            ln -s $_amd64/i386-windows $_amd64/x86_64-unix $_half"
    elif [ -n "$_runs" ]; then
        distro_kind="new WoW64, its DLLs fetched"
        distro_run 300 sh -c "cd /src && tools/fetch-wine32 $_half"
    fi
    if [ -z "$_runs" ] || [ ! -e "$distro_root$_half" ]; then
        distro_kind=none
        rm -rf "${distro_root:?}$_half"
    fi
}

passed=0 failed=0

# Where $needed is set, what follows cannot do without it.
check() { # sentence, command
    what=$1
    shift
    if "$@" >"$distro_tmp/out" 2>&1; then
        passed=$((passed + 1))
        echo "ok      $what"
    else
        failed=$((failed + 1))
        echo "FAILED  $what"
        tail -n 25 "$distro_tmp/out" | sed 's/^/        | /'
        [ -z "${needed:-}" ] || exit 1
    fi
}

not() {
    ! "$@"
}

distro_finish() {
    echo "$passed passed, $failed failed"
    [ $failed -eq 0 ]
}

# Built in a chroot of the same release, once for each archive. $debs
distro_build() {
    make -s "O=$O" dist >/dev/null || return 1
    _archive=$(echo "$O"/dist/*.tar.xz)
    debs=$O/deb/$distro_suite
    _sum=$(sha256sum <"$_archive")
    [ "$(cat "$debs/made-from" 2>/dev/null)" != "$_sum" ] || return 0
    rm -rf "$debs"
    mkdir -p "$debs"
    tar -C "$distro_root/src" --strip-components=1 -xf "$_archive"
    {
        distro_run 2400 sh -c 'cd /src && apt-get -qq -y install dpkg-dev lintian &&
            apt-get -qq -y build-dep ./ && dpkg-buildpackage -us -uc -b' &&
            { [ -z "$distro_i386" ] || [ -n "${DISTRO_AMD64_ONLY:-}" ] ||
                distro_run 2400 sh -c 'cd /src &&
                apt-get -qq -y install crossbuild-essential-i386 &&
                apt-get -qq -y build-dep -ai386 -Pcross,nocheck ./ &&
                dpkg-buildpackage -us -uc -B -ai386 -Pcross,nocheck'; } &&
            cp "$distro_root"/*.deb "$debs" &&
            distro_run 300 sh -c 'lintian --allow-root /*_amd64.changes >/out/lintian 2>&1; true' &&
            cp "$distro_root/out/lintian" "$debs" && echo "$_sum" >"$debs/made-from"
    } >"$debs.log" 2>&1 || {
        tail -n 40 "$debs.log"
        return 1
    }
}
