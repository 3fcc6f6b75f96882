# git-agents: tells a finished review after the next git command.
# To use it, add to ~/.bashrc:  eval "$(git-agents shell-init bash)"
if [[ $- == *i* ]]; then
    case ${XDG_STATE_HOME-} in
    /*) __git_agents_waiting=$XDG_STATE_HOME/git-agents/waiting ;;
    *) __git_agents_waiting=$HOME/.local/state/git-agents/waiting ;;
    esac
    __git_agents_ran=1

    # Starts nothing while nothing waits. What the last command was is asked of
    # the history, so that no DEBUG trap is needed.
    __git_agents_prompt() {
        local status=$? last word
        local ran=$__git_agents_ran
        [[ -z ${__git_agents_counts-} ]] || __git_agents_ran=
        [[ -n $ran && -e $__git_agents_waiting ]] || return "$status"
        last=$(HISTTIMEFORMAT='' builtin history 1 2>/dev/null)
        if [[ $last =~ ^[[:space:]]*[0-9]+[*]?[[:space:]]+([^[:space:]]+) ]]; then
            word=${BASH_REMATCH[1]}
            last="${last#"${BASH_REMATCH[0]}"}"
            last="${BASH_ALIASES[$word]:-$word}$last"
        fi
        if [[ -z $last || $last =~ (^|[[:space:]\;\&\|\(\{/])git([[:space:]\;\&\|]|$) ]]; then
            ! type -P git-agents >/dev/null || command git-agents _deliver </dev/null
        fi
        return "$status"
    }

    if [[ ${PROMPT_COMMAND[*]-} != *__git_agents_prompt* ]]; then
        if [[ $(declare -p PROMPT_COMMAND 2>/dev/null) == 'declare -a'* ]] && ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)); then
            PROMPT_COMMAND+=(__git_agents_prompt)
        else
            # a line of its own: what is there may end in a semicolon or not
            # shellcheck disable=SC2178,SC2128
            PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}__git_agents_prompt
        fi
        # PS0 is expanded only when a command really runs, so that an empty line is
        # none; the expansion prints nothing and starts nothing
        if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)); then
            __git_agents_counts=1
            # shellcheck disable=SC2016
            PS0=${PS0-}'${__git_agents_counts:0:$((__git_agents_ran = 1, 0))}'
        fi
    fi
fi
