# Completion of `git agents` for bash. To use it, add to ~/.bashrc:
#   eval "$(git-agents completions bash)"
# git's own completion calls _git_agents for `git agents`; without it only
# `git-agents` is completed.

# Asks the program what may stand at the cursor. $1 is the current word; the
# others are the words up to it, the program first.
__git_agents_offer() {
    local current=$1 handled='' candidate
    shift
    # readline takes what stands before the last = or : as typed already
    if [[ $current == *=* && $COMP_WORDBREAKS == *=* ]]; then
        handled=${current%"${current##*=}"}
    fi
    if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
        handled=${current%"${current##*:}"}
    fi
    COMPREPLY=()
    while IFS= read -r candidate; do
        [[ $candidate == *[=/:] ]] || candidate+=' '
        COMPREPLY+=("${candidate#"$handled"}")
    done < <(git "${__git_agents_options[@]}" agents _complete bash -- "$@" 2>/dev/null)
}

# `git agents ...`: git's completion has set cur, words and cword, where = and :
# do not part words.
# shellcheck disable=SC2154
_git_agents() {
    local -a __git_agents_options=("${__git_C_args[@]}")
    local index=1
    while ((index < cword)) && [[ ${words[index]} != agents ]]; do
        ((index++))
    done
    __git_agents_offer "$cur" git-agents "${words[@]:index+1:cword-index-1}" "$cur"
}

# `git-agents ...`: bash parts words at = and :, which are put together again.
__git_agents_alone() {
    local -a __git_agents_options=() typed=()
    local index word joins=''
    for ((index = 1; index <= COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        if ((${#typed[@]} > 0)) && [[ $word == [=:] || -n $joins ]]; then
            typed[${#typed[@]} - 1]+=$word
        else
            typed+=("$word")
        fi
        joins=''
        [[ $word != [=:] ]] || joins=1
    done
    __git_agents_offer "${typed[${#typed[@]} - 1]-}" git-agents "${typed[@]}"
}
complete -o nospace -F __git_agents_alone git-agents
