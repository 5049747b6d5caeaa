# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2154,SC2034 # variables of the other parts
#
# Wine, and the registry through Wine's own reg: the files of a running prefix are not ours to edit.

base='HKCU\Software\Wine'

need_wine() {
    command -v "$wine" >/dev/null ||
        die 4 "'$wine' was not found; install Wine, or name its program in the variable WINE"
}

# The lock must not be inherited by what Wine leaves running. reg wants its arguments in UTF-8.
quiet_wine() {
    WINEDEBUG=-all LC_ALL=C.UTF-8 timeout --foreground -k 10 300 "$wine" "$@" 9<&- </dev/null
}

# What it prints goes by a file: the services that the first program of a prefix starts inherit its
# output, and a pipe would not end before they do.
wine_output() {
    scratch=$(mktemp) || die 1 "cannot make a temporary file"
    answered=0
    quiet_wine "$@" >"$scratch" 2>/dev/null || answered=$?
    tr -d '\r' <"$scratch"
    rm -f "$scratch"
    return $answered
}

reg() {
    wine_output reg "$@" || :
}

# Also brings a prefix up to date that was last used with another Wine.
need_registry() {
    need_wine
    quiet_wine reg query 'HKCU\Software' >/dev/null 2>&1 ||
        die 4 "$wine cannot read the registry of $prefix; see what \
WINEPREFIX='$prefix' $wine reg query HKCU says"
}

override_key() { # scope
    case $1 in
    all) printf '%s' "$base\\DllOverrides" ;;
    *) printf '%s' "$base\\AppDefaults\\$1\\DllOverrides" ;;
    esac
}

# $value: "TYPE data" of the override of $dll in a key, or "absent".
read_override() { # key
    value=$(reg query "$1" /v "$dll" | LC_ALL=C grep -i "^    $dll    REG_") || {
        value=absent
        # Wine failing must not pass for a user who had no override.
        need_registry
        return
    }
    value=${value#????????????????}
    value="${value%%    *} ${value#*    }"
}

write_override() { # key, "TYPE data" or "absent"
    if [ "$2" = absent ]; then
        quiet_wine reg delete "$1" /v "$dll" /f >/dev/null 2>&1 || :
    else
        quiet_wine reg add "$1" /v "$dll" /t "${2%% *}" /d "${2#* }" /f >/dev/null 2>&1 || :
    fi
    read_override "$1"
    [ "$value" = "$2" ] ||
        die 4 "$wine cannot write the key $1; run this command again once it can"
}

key_exists() {
    quiet_wine reg query "$1" >/dev/null 2>&1
}

key_is_empty() {
    [ -z "$(reg query "$1" | tr -d ' \n')" ]
}

# The environment in which a program finds the helper wherever it is. What the user has set stays.
helper_path() {
    printf '%s%s' "$files_dir/wine${WINE_ESTATS_WINE32:+:$WINE_ESTATS_WINE32}" \
        "${WINEDLLPATH:+:$WINEDLLPATH}"
}

run_command() {
    need_wine
    [ -n "$(find "$files_dir/wine" -path '*-unix/wineestats.so' 2>/dev/null)" ] ||
        die 5 "$files_dir/wine has no helper; install wine-estats again, or run make"
    if [ -n "$prefix" ]; then
        WINEPREFIX=$(readlink -m -- "$prefix")
        export WINEPREFIX
    fi
    [ -d "${WINEPREFIX:-${HOME:-}/.wine}/wine-estats" ] ||
        warn "not installed in this prefix: the program gets Wine's own DLLs"
    WINEDLLPATH=$(helper_path)
    export WINEDLLPATH
    exec "$wine" "$@"
}
