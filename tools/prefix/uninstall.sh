# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2154,SC2034 # variables of the other parts
#
# uninstall: the overrides, then the shim, then the marker, then our memory of it all.

# What a scope's overrides of $dll were is wanted again. The plain one goes first: it serves.
want_back() { # scope
    key=$(override_key "$1")
    give_back "$dll" "$ours" "$(remembered "$1" 1)"
    give_back "$folder_of_32\\$dll" "$ours" "$(remembered "$1" 3)"
    give_back "*$dll" "$beside" "$(remembered "$1" 2)"
}

# As it is, if somebody has changed it since.
give_back() { # name, what install has put there, what was there before
    find_override "$key" "$1"
    case $value in
    "$2" | "$3") want_override "$key" "$1" "$3" ;;
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
    need_wine
    read_settings
    sweep
    if [ -n "$app" ]; then
        uninstall_app
        return
    fi
    set_phase removing
    wanted=''
    for dll in $(present); do
        is_chosen "$dll" || continue
        while IFS= read -r one; do
            [ -z "$one" ] || want_back "$one"
        done <<END
$(scopes_of)
END
    done
    write_wanted
    remove_created_keys
    for dll in $(present); do
        is_chosen "$dll" || continue
        rm -rf "$state/overrides/$dll"
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
    its=''
    for dll in $(present); do
        if is_chosen "$dll" && [ -e "$state/overrides/$dll/$app" ]; then
            its="$its $dll"
        fi
    done
    if [ -z "$its" ]; then
        say "not installed in $prefix for $app"
        return
    fi
    wanted=''
    for dll in $its; do
        [ -n "$(others)" ] || set_phase removing
        want_back "$app"
    done
    write_wanted
    remove_created_keys
    for dll in $its; do
        rm -f "$state/overrides/$dll/$app"
        [ -n "$(scopes_of)" ] || uninstall_files
    done
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
