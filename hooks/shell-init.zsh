# git-agents: tells a finished review after the next git command.
# To use it, add to ~/.zshrc:  eval "$(git-agents shell-init zsh)"
if [[ -o interactive ]]; then
    if [[ ${XDG_STATE_HOME-} == /* ]]; then
        typeset -g __git_agents_waiting=$XDG_STATE_HOME/git-agents/waiting
    else
        typeset -g __git_agents_waiting=$HOME/.local/state/git-agents/waiting
    fi
    typeset -g __git_agents_command=

    __git_agents_preexec() {
        # the command with its aliases expanded
        __git_agents_command=$3
    }

    # starts nothing while nothing waits
    __git_agents_precmd() {
        local code=$? ran=$__git_agents_command
        __git_agents_command=
        [[ -n $ran && -e $__git_agents_waiting ]] || return $code
        if [[ $ran =~ '(^|[[:space:];&|({/])git([[:space:];&|]|$)' ]]; then
            (( ! $+commands[git-agents] )) || command git-agents _deliver </dev/null
        fi
        return $code
    }

    autoload -Uz add-zsh-hook
    add-zsh-hook preexec __git_agents_preexec
    add-zsh-hook precmd __git_agents_precmd
fi
