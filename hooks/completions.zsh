#compdef git-agents
# Completion of `git agents` for zsh. To use it, add to ~/.zshrc after compinit:
#   eval "$(git-agents completions zsh)"
# or save it as `_git-agents` in a folder of $fpath.

# zsh's completion of git calls this one for `git agents`.
_git-agents() {
    local -a typed offered places others
    local line value
    typed=("${(@Q)words[2,CURRENT]}")
    offered=("${(@f)$(_call_program candidates git-agents _complete zsh -- git-agents "${(@q)typed}" 2>/dev/null)}")
    for line in $offered; do
        value=${line%%:*}
        if [[ $value == */ ]]; then
            places+=("$line")
        else
            others+=("$line")
        fi
    done
    local result=1
    (( $#others )) && _describe -V 'git agents' others && result=0
    (( $#places )) && _describe -V 'folder' places -S '' && result=0
    return result
}

# named in the list of git's commands
zstyle -g __git_agents_listed ':completion:*:*:git:*' user-commands
if [[ ${__git_agents_listed[(r)agents:*]-} != agents:* ]]; then
    zstyle ':completion:*:*:git:*' user-commands $__git_agents_listed \
        agents:'review changes with agents that run in the background'
fi
unset __git_agents_listed

if [[ ${funcstack[1]-} == _git-agents ]]; then
    _git-agents "$@"
elif (( $+functions[compdef] )); then
    compdef _git-agents git-agents
fi
