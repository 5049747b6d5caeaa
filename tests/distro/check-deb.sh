#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The Debian packages in a fresh system of a release ($SUITE): installed, upgraded, over a Wine that
# is upgraded too, removed and purged; a Windows program runs at each step.
# shellcheck disable=SC2016 # for a shell inside
set -u
# shellcheck source=tests/distro/lib.sh
. tests/distro/lib.sh
distro_private "$@"
suite=${SUITE:-bookworm}

apt() {
    distro_run 600 apt-get -qq -y --allow-downgrades "$@"
}

runs_32=
if tools/runs-32bit; then
    runs_32=1
else
    echo "SKIP: 32-bit programs: this kernel runs no such code"
fi

# Debian's wine starts the 32-bit one where there is one.
fresh() {
    distro_open "$suite"
    if [ -n "$distro_i386" ] && [ -z "$runs_32" ]; then
        apt remove wine32:i386 libwine:i386 >/dev/null 2>&1
        distro_i386=
    fi
}

# The files of packages of ours; the parts of Wine's own directories for all that was built.
ours() { # names
    for name in "$@"; do
        for deb in "$debs/$name"_*.deb; do
            case $name:$deb in
            libwine-estats:* | wine-estats-system:* | *_amd64.deb) echo "/out/${deb##*/}" ;;
            esac
        done
    done
}

# shellcheck disable=SC2046 # words are wanted
install_ours() {
    apt install $(ours "$@")
}

# One of our Windows programs in the user's prefix.
windows() { # bits, program, arguments
    case $1 in 64) arch=x86_64 ;; *) arch=i386 ;; esac
    program=$2
    shift 2
    cp "$O/$program/$arch/"*.exe "$distro_root/out/$program-$arch.exe"
    distro_wine 120 "/out/$program-$arch.exe" "$@"
}

bits=64
both() { # command that takes the bits, another argument
    for b in $bits; do
        "$1" "$b" ${2:+"$2"} || return 1
    done
}

# The statistics work.
estats_work() {
    both windows selftest
}

# What a program of one kind has switched on, those of the others find on: they share a file, and
# the half that reads it may be code of another kind, too.
kinds_share_settings() {
    cp "$O/windows/x86_64/tcpestats.exe" "$distro_root/out/tcpestats-64.exe"
    cp "$O/windows/i386/tcpestats.exe" "$distro_root/out/tcpestats-32.exe"
    distro_user 180 sh -c 'perl -MIO::Socket::INET -e "
            my \$l = IO::Socket::INET->new(Listen => 1, LocalAddr => q(127.0.0.1:5001)) or die;
            my \$c = IO::Socket::INET->new(PeerAddr => q(127.0.0.1:5001), LocalPort => 5002) or die;
            print \$c q(x) x 1000;
            sleep 170" &
        trap "kill $!" EXIT
        conn=127.0.0.1:5002-127.0.0.1:5001
        is_on() { # class, command
            class=$1
            shift
            "$@" show --json $conn $class | tee /dev/stderr |
                jq -e ".connections[0].classes.$class.enabled"
        }
        sleep 1
        wine /out/tcpestats-64.exe enable $conn Data &&
            wine /out/tcpestats-32.exe enable $conn Path &&
            is_on Data wine /out/tcpestats-32.exe && is_on Path wine /out/tcpestats-64.exe &&
            is_on Data tcpestats && is_on Path tcpestats'
}

# As far as there are packages for that kind of program.
check_agrees() {
    distro_user 120 wine-estats check >"$distro_tmp/check"
    cat "$distro_tmp/check"
    for b in $bits; do
        grep -q "$b-bit: ok" "$distro_tmp/check" || return 1
    done
}

# Neither kind of program has them.
estats_do_not() {
    for b in $bits; do
        windows "$b" selftest
        [ $? -eq 2 ] || return 1
    done
}

# The tables of connections are Wine's, through whatever leads there.
wine_works() {
    for b in $bits; do
        windows "$b" windows list || return 1
    done
}

loader_test() { # bits
    case $1 in 64) arch=x86_64 ;; *) arch=i386 ;; esac
    cp "$O/dlls/$arch/shim-test.exe" "$distro_root/out/shim-test-$arch.exe"
    distro_wine 120 "/out/shim-test-$arch.exe" loader
}

# Wine's own files are as its packages have them, but for what is diverted.
wine_is_whole() {
    # shellcheck disable=SC2046 # words are wanted
    wrong=$(distro_run 60 dpkg --verify $(
        distro_run 20 dpkg-query -W -f '${binary:Package}\n' 'libwine*' 'wine*' | grep -v estats
    ))
    echo "$wrong"
    [ -z "$wrong" ]
}

dlls() {
    find "$distro_root/usr/lib" -path '*/wine/*' \( -name 'iphlpapi*.dll' -o \
        -name 'rasapi32*.dll' \) -exec sha256sum {} + |
        sed "s|$distro_root||" | LC_ALL=C sort -k2
}

# A package as its next version: the same files, one of them a byte longer.
next_version() { # deb in the chroot, file to lengthen or nothing
    distro_run 300 sh -ec 'rm -rf /out/next && dpkg-deb -R "$1" /out/next && cd /out/next
        sed -i "s/^\(Version: .*\)/\1+next/" DEBIAN/control
        [ -z "$2" ] || find . -path "*/$2" -exec sh -c "printf x >>\$1" - {} \;
        find . -type f ! -path "./DEBIAN/*" -printf "%P\0" | xargs -0r md5sum >DEBIAN/md5sums
        dpkg-deb -Znone -b . "$3" >/dev/null' - "$1" "$2" "$3"
}

upgrade_wine() {
    for arch in amd64 ${distro_i386:+i386}; do
        distro_run 300 sh -c "cd /out && apt-get -qq download libwine:$arch" &&
            next_version "/out/$(cd "$distro_root/out" && echo libwine_*_"$arch".deb)" \
                'wine/*-windows/iphlpapi.dll' "/out/newer-libwine_$arch.deb" || return 1
    done
    # Wine's other packages want this very version.
    distro_run 300 sh -c 'dpkg --force-depends -i /out/newer-libwine_*.deb'
}

longer() { # file
    [ "$(tail -c 1 "$distro_root$1")" = x ]
}

command_does() { # part
    cp tests/distro/command-runs.sh "$distro_root/out"
    distro_user 60 /out/command-runs.sh "$1"
}

recommended() { # packages, any version of their names
    wants=$(dpkg-deb -f "$(echo "$debs"/tcpestats_*_amd64.deb)" Recommends)
    echo "$wants"
    for name; do
        echo "$wants" | grep -qE "(^|[ ,|])$name([ ,|]|t64|$)" || return 1
    done
}

newest_of() { # package: by the name that this release has
    if distro_run 60 apt-cache show "$1t64" 2>/dev/null | grep -q .; then
        echo "$1t64"
    else
        echo "$1"
    fi
}

serve_is_set_up() {
    find "$distro_root/etc/systemd" "$distro_root/usr/lib/systemd" "$distro_root/lib/systemd" \
        -name 'tcpestats-serve*' | tee "$distro_tmp/units"
    # Here it may be the same directory by two names.
    [ -s "$distro_tmp/units" ] && ! grep -q /etc/ "$distro_tmp/units" &&
        grep -q '^ExecStart=/usr/bin/tcpestats serve' "$(head -n 1 "$distro_tmp/units")"
}

# The manuals and each shell's completions, with a word for what is new.
has_papers() {
    for file in man/man1/tcpestats.1.gz bash-completion/completions/tcpestats \
        zsh/vendor-completions/_tcpestats fish/vendor_completions.d/tcpestats.fish; do
        for word in record plot serve why log; do
            zgrep -qw "$word" "$distro_root/usr/share/$file" ||
                { echo "nothing of $word in $file" && return 1; }
        done
    done
    for file in man1/tcpestats-record.1.gz man1/tcpestats-plot.1.gz \
        man5/tcpestats-recording.5.gz; do
        [ -s "$distro_root/usr/share/man/$file" ] || { echo "no $file" && return 1; }
    done
}

# Who may use it, and how it comes to be started.
collector_is_set_up() {
    units=$distro_root/etc/systemd/system
    find "$units" "$distro_root/run" -name 'tcpestatsd*'
    distro_run 20 getent passwd tcpestatsd && distro_run 20 getent group tcpestats &&
        [ -L "$units/sockets.target.wants/tcpestatsd.socket" ] &&
        [ -z "$(find "$units" -name 'tcpestatsd.service')" ]
}

# What is installed can collect, where this machine's kernel lets it.
collector_serves() {
    mount --rbind /sys "$distro_root/sys"
    mount --make-rslave "$distro_root/sys"
    distro_run 60 sh -c 'tcpestatsd & pid=$!
        tries=100
        until tcpestatsd --status >/dev/null 2>&1 || [ $tries -eq 0 ]; do
            tries=$((tries - 1))
            sleep 0.1
        done
        tcpestatsd --status
        tcpestats fields Data | tee /out/fields
        kill $pid
        wait $pid
        rm -r /run/tcpestatsd # started by hand, it may not take it away as the user that it becomes
        grep -q "^Collector: present" /out/fields'
    status=$?
    umount -R "$distro_root/sys"
    return $status
}

# wine-estats status says whom a prefix in which nothing was installed has its DLLs from.
status_names_the_system() {
    distro_user 120 wine-estats status
    distro_user 120 wine-estats status | grep -q 'not here, but for all prefixes of this Wine'
}

fresh
echo "Wine $distro_wine_version of $suite${distro_i386:+, also for i386}"
check "packages are built there" distro_build
[ $failed -eq 0 ] || exit 1
# Not on what building has left.
fresh
cp "$debs"/*.deb "$distro_root/out"
lib=/usr/lib/x86_64-linux-gnu/wine
dlls >"$distro_tmp/dlls-before"

# The number of the bug that asks for a package is given when somebody uploads it.
check "lintian has nothing to say" sh -c \
    '! grep -v initial-upload-closes-no-bugs "$1" | grep .' - "$debs/lintian"

check "a prefix can be made with Wine as it is" distro_user 300 sh -c 'wineboot -i && wineserver -w'
[ -z "$runs_32" ] || [ ! -e "$distro_root/home/user/.wine/drive_c/windows/syswow64/ntdll.dll" ] ||
    bits="64 32"
# The 32-bit half of a multiarch Wine wants packages of its own.
[ -z "$distro_i386" ] || [ -n "$(find "$debs" -name 'libwine-estats_*_i386.deb')" ] || bits=64
echo "        for programs of $bits bits"
check "it has no statistics" estats_do_not
check "but all else" wine_works

check "the library and the command install" install_ours libtcpestats0 tcpestats
check "the command runs" distro_user 20 tcpestats fields Data
check "it records" command_does record
check "and looks into what it recorded" command_does from
check "says what holds a transfer back" command_does why
check "tells what ends" command_does log
check "draws on a terminal" command_does text
check "draws no other picture without gnuplot, and says so" command_does no-picture
check "nor serves without libmicrohttpd" command_does no-serve
check "both are recommended" recommended gnuplot-nox libmicrohttpd12
check "and install beside it" apt install gnuplot-nox "$(newest_of libmicrohttpd12)"
check "then it draws" command_does pictures
check "and serves" command_does serve
check "the unit that serves is there, to be enabled by who wants it" serve_is_set_up
check "manuals and completions are there" has_papers
check "the collector installs, where no systemd runs" install_ours libtcpestats0 tcpestatsd
check "its socket is to start it, nothing else" collector_is_set_up
check "what was installed can collect" collector_serves
check "the collector is purged" apt purge tcpestatsd
check "and nothing of it is left" test -z "$(find "$distro_root/usr" "$distro_root/etc" \
    "$distro_root/run" -name '*tcpestatsd*')"
check "libwine-estats installs" install_ours libwine-estats
check "and changes nothing: no statistics" estats_do_not
check "all else" wine_works
check "and Wine is whole" wine_is_whole
check "wine-estats installs" install_ours libwine-estats wine-estats
check "and by itself changes nothing" estats_do_not

check "a user installs it into the prefix" distro_user 120 wine-estats install
check "without more the statistics work" estats_work
check "wine-estats agrees" check_agrees
[ "$bits" = 64 ] || check "programs of both kinds share settings" kinds_share_settings
check "all else works" wine_works
check "the user takes it out again" distro_user 120 wine-estats uninstall
check "and the statistics are gone" estats_do_not

check "wine-estats-system installs" install_ours libwine-estats wine-estats-system
check "the existing prefix has statistics" estats_work
check "and all else" wine_works
check "by every name and in every export" both loader_test
check "wine-estats check agrees" check_agrees
check "and says so of RAS, too" grep -q "RAS connection" "$distro_tmp/check"
check "wine-estats status says who serves the prefix" status_names_the_system
check "the user may install it beside that" distro_user 120 wine-estats install
check "the statistics work" estats_work
check "and all else" wine_works
check "and takes it out again" distro_user 120 wine-estats uninstall
check "the statistics stay" estats_work
check "Wine is whole" wine_is_whole
check "a new prefix can be made" distro_user 300 sh -c \
    'mv .wine .wine.old && wineboot -i && wineserver -w'
check "and has statistics" estats_work
check "and all else" wine_works
check "a prefix can be updated" distro_user 300 sh -c \
    'wineserver -w; rm -rf .wine && mv .wine.old .wine && wineboot -u && wineserver -w'
check "and has statistics" estats_work

check "Wine is upgraded" upgrade_wine
check "the upgrade goes to the diverted name" longer "$lib/x86_64-windows/iphlpapi_wine.dll"
check "ours stays in its place" not longer "$lib/x86_64-windows/iphlpapi.dll"
check "statistics work with the new Wine" estats_work
check "and all else" wine_works

for deb in $(ours libwine-estats wine-estats-system); do
    next_version "$deb" '' "${deb%.deb}.next"
done
check "our own packages are upgraded" distro_run 300 sh -c 'dpkg --force-depends -i /out/*.next'
check "statistics work" estats_work
check "and the diversion is there once" test \
    "$(distro_run 20 dpkg-divert --list '*/wine/*' | sort | uniq -d | wc -l)" -eq 0

check "wine-estats-system is removed" distro_run 300 sh -c 'dpkg -r --force-depends \
    $(dpkg-query -W -f "\${binary:Package}\n" "wine-estats-system*")'
check "Wine has its own file back, the new one" longer "$lib/x86_64-windows/iphlpapi.dll"
check "no diversion is left" test -z "$(distro_run 20 dpkg-divert --list '*estats*')"
check "no diverted file is left" test -z "$(find "$distro_root/usr/lib" \( -name "iphlpapi_wine*" \
    -o -name "rasapi32_wine*" \))"
check "the prefix is as without statistics" estats_do_not
check "and all else works" wine_works

check "everything is purged" distro_run 300 sh -c 'dpkg -P --force-depends $(dpkg-query -W \
    -f "\${binary:Package}\n" "*tcpestats*" "*wine-estats*")'
check "no file of ours is left" test -z "$(find "$distro_root/usr" "$distro_root/etc" \
    "$distro_root/var" -path '*/apt/*' -prune -o -name '*estats*' -print)"
check "Wine is whole" wine_is_whole
check "and has the DLLs that it had" test "$(dlls | cut -d' ' -f3-)" = \
    "$(cut -d' ' -f3- "$distro_tmp/dlls-before")"
check "the prefix works" wine_works

# Debian's own runner, where nothing but the packages and their tests is.
autopkgtest_passes() {
    tar -C "$distro_root/src" --strip-components=1 -xf "$(echo "$O"/dist/*.tar.xz)"
    apt install autopkgtest || return 1
    distro_run 1500 sh -c 'autopkgtest -B /out/*_amd64.deb /src/ -- null'
}

fresh
cp "$debs"/*.deb "$distro_root/out"
check "the packages' own tests pass" autopkgtest_passes

distro_finish
