# SPDX-License-Identifier: LGPL-2.1-or-later
#
# zsh-offers.zsh DIRECTORY LINE: prints what an interactive zsh with the completions of a directory
# shows when Tab is typed after the line.
zmodload zsh/zpty
zpty shell "zsh -f -i"
send() { zpty -w shell "$1"; }
send "PS1='READY>'; fpath=(${1:A} \$fpath); autoload -Uz compinit && compinit -u -D; LISTMAX=999"
send "zle -C lister complete-word _generic; zstyle ':completion:*' menu no; setopt no_beep auto_list"
send "echo begin''ning"
zpty -r -m shell text '*beginning*'
zpty -w -n shell "$2"$'\t\t'
integer i
for i in {1..30}; do
    sleep 0.1
    while zpty -r -t shell text; do print -rn -- "$text"; done
done
zpty -d shell
