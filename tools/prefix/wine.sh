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

# By its path, for a name alone makes Wine start another program that looks for it.
reg='C:\windows\system32\reg.exe'

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

override_key() { # scope
    case $1 in
    all) printf '%s' "$base\\DllOverrides" ;;
    *) printf '%s' "$base\\AppDefaults\\$1\\DllOverrides" ;;
    esac
}

# All that the user has told Wine, in $settings: each key in a line of its own, the values after it.
# Asked for as a whole, so that Wine failing never passes for a key or a value that is not there.
# The first of a run also brings a prefix up to date that was last used with another Wine.
read_settings() {
    for _ in 1 2 3; do
        ! settings=$(wine_output "$reg" query "$base" /s) || return 0
        # A fresh prefix may lack the very key.
        if settings=$(wine_output "$reg" query "${base%\\*}") && [ -n "$settings" ] &&
            ! printf '%s\n' "$settings" | grep -qixF "$(full_key "$base")"; then
            settings=''
            return 0
        fi
    done
    die 4 "$wine cannot read the registry of $prefix; see what \
WINEPREFIX='$prefix' $wine reg query HKCU says"
}

# As listings and files of reg have it.
full_key() { # key
    printf '%s' "HKEY_CURRENT_USER${1#HKCU}"
}

# What $settings has in a key: its values, or with `below` the keys in it. Fails without the key.
in_settings() { # key, values | below
    printf '%s\n' "$settings" | WANTED="$(full_key "$1")" WHAT=$2 LC_ALL=C awk '
        BEGIN { wanted = tolower(ENVIRON["WANTED"]); what = ENVIRON["WHAT"] }
        /^HKEY_/ {
            key = tolower($0)
            if ((here = key == wanted)) found = 1
            if (what == "below" && index(key, wanted "\\") == 1) print
        }
        /^    / && here && what == "values" { print }
        END { exit !found }'
}

# $value: "TYPE data" of the override of a name in a key, or "absent", as of the last read_settings.
find_override() { # key, name
    value=$(in_settings "$1" values | NAME="    $2    REG_" LC_ALL=C awk '
        BEGIN { name = tolower(ENVIRON["NAME"]) }
        index(tolower($0), name) == 1 { print; found = 1 }
        END { exit !found }') || {
        value=absent
        return 0
    }
    value=${value#"    $2    "}
    value="${value%%    *} ${value#*    }"
}

# Starting Wine is what takes time, so all that a run changes is written together.
want_override() { # key, name, "TYPE data" or "absent"
    wanted="$wanted$1	$2	$3
"
}

# What is wanted and is not so as of the last read_settings, in its order.
still_wanted() {
    printf '%s' "$wanted" | while IFS='	' read -r key name want; do
        find_override "$key" "$name"
        [ "$value" = "$want" ] || printf '%s\t%s\t%s\n' "$key" "$name" "$want"
    done
}

# Lines "key, name, value" as import_reg() takes them. Values that are no strings are left to reg.
as_reg_file() {
    while IFS='	' read -r key name want; do
        case $want in
        absent) want=- ;;
        'REG_SZ '*) want=\"$(printf '%s' "${want#REG_SZ }" | sed 's/[\\"]/\\&/g')\" ;;
        *) continue ;;
        esac
        printf '[%s]\n"%s"=%s\n' "$(full_key "$key")" \
            "$(printf '%s' "$name" | sed 's/[\\"]/\\&/g')" "$want"
    done
}

# The registry's own form of text is UTF-16, with a mark in front. The file lies where every Wine
# finds it, whatever drives the prefix has.
import_reg() { # from standard input
    mkdir -p "$windows/temp"
    {
        printf '\377\376'
        { printf '%s\n\n' 'Windows Registry Editor Version 5.00' && cat; } | sed 's/$/\r/' |
            iconv -f UTF-8 -t UTF-16LE
    } >"$windows/temp/wine-estats.reg"
    quiet_wine "$reg" import 'C:\windows\temp\wine-estats.reg' >/dev/null 2>&1 || :
    rm -f "$windows/temp/wine-estats.reg"
}

# As of a read_settings before, and read again afterwards.
write_wanted() {
    for _ in 1 2 3 4; do
        wrong=$(still_wanted)
        [ -n "$wrong" ] || return 0
        printf '%s\n' "$wrong" | as_reg_file | import_reg
        printf '%s\n' "$wrong" | while IFS='	' read -r key name want; do
            case $want in
            absent | 'REG_SZ '*) ;;
            *) quiet_wine "$reg" add "$key" /v "$name" /t "${want%% *}" /d "${want#* }" /f \
                >/dev/null 2>&1 || : ;;
            esac
        done
        read_settings
    done
    die 4 "$wine cannot write the registry of $prefix; run this command again once it can"
}

# From 11.6 on Wine prefers a DLL that a program brings along, whatever the overrides are, unless it
# is Microsoft's. Sets nothing apart where the version cannot be read.
prefers_own_dlls() {
    wine_version=$(wine_output --version |
        sed -n 's/^wine-\([0-9]\{1,4\}\)\.\([0-9]\{1,4\}\).*/\1 \2/p')
    [ "${wine_version% *}" ] || return 1
    [ "${wine_version% *}" -gt 11 ] ||
        { [ "${wine_version% *}" -eq 11 ] && [ "${wine_version#* }" -ge 6 ]; }
}

# As of the last read_settings.
key_exists() {
    in_settings "$1" values >/dev/null
}

key_is_empty() {
    [ -z "$(in_settings "$1" values)$(in_settings "$1" below)" ]
}

# Takes a key without values out of $settings.
forget_key() {
    settings=$(printf '%s\n' "$settings" | grep -vixF "$(full_key "$1")") || :
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
