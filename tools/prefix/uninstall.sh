# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2154 # variables of the other parts
#
# uninstall: the overrides, then the shim, then the marker, then our memory of it all.

# Gives a scope's override back, unless somebody has changed it since.
restore_scope() { # scope
    key=$(override_key "$1")
    before=$(cat "$state/overrides/$1")
    read_override "$key"
    if [ "$value" = "$ours" ]; then
        [ "$before" = "$ours" ] || write_override "$key" "$before"
    elif [ "$value" != "$before" ]; then
        warn "the override in $key was changed after us and stays: $value"
    fi
    remove_created_keys
    rm -f "$state/overrides/$1"
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
        if [ ! -e "$state/overrides/$app" ]; then
            say "not installed in $prefix for $app"
            return
        fi
        restore_scope "$app"
        if [ -n "$(scopes)" ]; then
            say "uninstalled from $prefix for $app; still there for $(scopes_in_words)"
            return
        fi
    fi
    set_phase removing
    # A list first: what is listed disappears on the way.
    list=$(scopes)
    printf '%s\n' "$list" | while read -r one; do
        [ -z "$one" ] || restore_scope "$one"
    done
    for one in "$state"/saved/*/; do
        folder=${one%/}
        folder=${folder##*/}
        restore_side
    done
    if needs_refresh; then
        say "Wine was changed since, so it writes its own files again"
        quiet_wine wineboot -u >/dev/null 2>&1 ||
            warn "that failed; run WINEPREFIX='$prefix' $wine wineboot -u"
    fi
    end_state
    say "uninstalled from $prefix"
}
