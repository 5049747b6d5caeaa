# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2154,SC2034 # variables of the other parts
#
# Which prefix, whose, and what is in it.

# What we have for prefixes, and in $chosen what of it this run is about.
dlls='iphlpapi rasapi32'

leave_out() { # DLL, with or without its suffix
    unwanted=$(printf '%s' "${1%.[Dd][Ll][Ll]}" | LC_ALL=C tr '[:upper:]' '[:lower:]')
    case " $dlls " in
    *" $unwanted "*) ;;
    *) die 2 "--without wants one of: $dlls" ;;
    esac
    left=''
    for one in $chosen; do
        [ "$one" = "$unwanted" ] || left="$left${left:+ }$one"
    done
    chosen=$left
}

check_app_name() {
    case $app in
    */* | *\\*) die 2 "--app wants the name of a program without its folder, such as game.exe" ;;
    *[\<\>:\"\|?*]* | .* | *[[:cntrl:]]*) die 2 "'$app' is no name of a program" ;;
    *.[Ee][Xx][Ee]) ;;
    *) die 2 "--app wants the name of a program with its .exe, such as game.exe" ;;
    esac
    # The registry does not tell Game.exe from game.exe, so neither do we.
    app=$(printf '%s' "$app" | LC_ALL=C tr '[:upper:]' '[:lower:]')
}

# Wine writes the registry of a new prefix only when its server ends, or after half a minute.
await_registry() {
    [ ! -f "$prefix/system.reg" ] && [ -f "$prefix/.update-timestamp" ] || return 0
    warn "waiting for Wine to write the registry of $prefix"
    tries=60
    until [ -f "$prefix/system.reg" ] || [ $tries -eq 0 ]; do
        tries=$((tries - 1))
        sleep 1
    done
}

open_prefix() {
    prefix=${prefix:-${WINEPREFIX:-${HOME:-}/.wine}}
    [ -d "$prefix" ] || die 3 "there is no directory $prefix; 'wineboot' makes a prefix"
    prefix=$(cd -- "$prefix" && pwd -P) || die 3 "cannot enter $prefix"
    windows=$prefix/drive_c/windows
    await_registry
    if [ ! -f "$prefix/system.reg" ] || [ ! -d "$windows/system32" ]; then
        die 3 "$prefix is not a Wine prefix (no system.reg, or no drive_c/windows/system32)"
    fi
    owner=$(stat -c %u -- "$prefix")
    [ "$owner" = "$(id -u)" ] ||
        die 3 "$prefix belongs to user $(stat -c %U -- "$prefix"); only that user can change it"
    WINEPREFIX=$prefix
    export WINEPREFIX
    state=$prefix/wine-estats
    system_reg=$(sed -n '1,10s/^#arch=//p' "$prefix/system.reg" | tr -d '\r')
    find_sides
}

# $sides: a word for each kind of program that the prefix has DLLs for, bits:folder:architecture.
find_sides() {
    if [ "$system_reg" != win64 ]; then
        sides='32:system32:i386'
    elif [ -e "$windows/syswow64/ntdll.dll" ]; then
        sides='64:system32:x86_64 32:syswow64:i386'
    else
        sides='64:system32:x86_64'
    fi
}

# Splits a word of $sides.
use_side() {
    bits=${1%%:*}
    arch=${1##*:}
    folder=${1#*:}
    folder=${folder%:*}
}

# One at a time. The directory itself is locked, so that nothing of us stays behind.
lock_prefix() {
    for dir in "$prefix" "$windows/system32"; do
        [ -w "$dir" ] || die 3 "cannot write to $dir"
    done
    exec 9<"$prefix"
    flock -w 60 9 || die 3 "another wine-estats is at work in $prefix; try again when it is done"
}

need_files() {
    for arch in x86_64 i386; do
        for dll in $chosen; do
            for file in "shim/$arch/$dll.dll" "marker/$arch/$dll.dll"; do
                [ -f "$files_dir/$file" ] ||
                    die 5 "$files_dir/$file is missing; install wine-estats again, or run make"
            done
        done
    done
}
