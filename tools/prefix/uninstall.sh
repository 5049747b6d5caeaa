# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2154 # variables of the other parts
#
# uninstall: the overrides, then the shim, then the marker, then our memory of it all.

# Gives a scope's overrides of $dll back. The plain one goes first: it is what serves.
restore_scope() { # scope
    key=$(override_key "$1")
    read_settings
    give_back "$dll" "$ours" "$(remembered "$1" 1)"
    plain=$value
    give_back "$folder_of_32\\$dll" "$ours" "$(remembered "$1" 3)"
    whole=$value
    give_back "*$dll" "$beside" "$(remembered "$1" 2)"
    write_overrides "$key" "$dll" "$plain" "$folder_of_32\\$dll" "$whole" "*$dll" "$value"
    remove_created_keys
    rm -f "$state/overrides/$dll/$1"
}

# $value: what an override shall be again; as it is, if somebody has changed it since.
give_back() { # name, what install has put there, what was there before
    find_override "$key" "$1"
    case $value in
    "$2" | "$3") value=$3 ;;
    *) warn "the override $1 in $key was changed after us and stays: $value" ;;
    esac
}

uninstall_command() {
    open_prefix
    if [ ! -d "$state" ]; then
        if [ -e "$state.new" ] || [ -e "$state.old" ]; then
            lock_prefix
            sweep
        fi
        say "not installed in $prefix"
        return
    fi
    lock_prefix
    need_registry
    sweep
    if [ -n "$app" ]; then
        uninstall_app
        return
    fi
    set_phase removing
    for dll in $(present); do
        is_chosen "$dll" || continue
        # A list first: what is listed disappears on the way.
        list=$(scopes_of)
        printf '%s\n' "$list" | while IFS= read -r one; do
            [ -z "$one" ] || restore_scope "$one"
        done
        uninstall_files
    done
    finish_uninstall
}

is_chosen() {
    case " $chosen " in
    *" $1 "*) return 0 ;;
    esac
    return 1
}

uninstall_files() {
    for one in "$state/saved/$dll"/*/; do
        folder=${one%/}
        folder=${folder##*/}
        case $folder in
        '*' | *.tmp) ;;
        *) restore_side ;;
        esac
    done
}

# Its DLLs go when it was the last that they were there for.
uninstall_app() {
    found=no
    for dll in $(present); do
        if ! is_chosen "$dll" || [ ! -e "$state/overrides/$dll/$app" ]; then
            continue
        fi
        [ $found = yes ] || [ -n "$(others)" ] || set_phase removing
        found=yes
        restore_scope "$app"
        [ -n "$(scopes_of)" ] || uninstall_files
    done
    if [ $found = no ]; then
        say "not installed in $prefix for $app"
        return
    fi
    finish_uninstall
}

# Scopes of $dll beside the program in question.
others() {
    scopes_of | grep -vxF -e "$app" || :
}

# Forgets what is out again, and all once everything is.
finish_uninstall() {
    left=''
    for dll in $(present); do
        if is_chosen "$dll" && [ -z "$(scopes_of)" ]; then
            continue
        fi
        left="$left${left:+ }$dll"
    done
    if needs_refresh; then
        say "Wine was changed since, so it writes its own files again"
        quiet_wine wineboot -u >/dev/null 2>&1 ||
            warn "that failed; run WINEPREFIX='$prefix' $wine wineboot -u"
    fi
    if [ -z "$left" ]; then
        end_state
        say "uninstalled from $prefix"
        return
    fi
    for dll in $(present); do
        case " $left " in
        *" $dll "*) ;;
        *) drop_dll ;;
        esac
    done
    set_phase installed
    if [ -n "$app" ] && [ "$left" = "$(present | xargs)" ] && [ "$chosen" = "$dlls" ]; then
        say "uninstalled from $prefix for $app; still there for $(scopes_in_words)"
    else
        say "uninstalled from $prefix${app:+ for $app}; still there: $left for $(scopes_in_words)"
    fi
}
