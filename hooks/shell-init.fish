# git-agents: tells a finished review after the next git command.
# To use it, add to ~/.config/fish/config.fish:  git-agents shell-init fish | source
if status is-interactive
    set -g __git_agents_waiting $HOME/.local/state/git-agents/waiting
    if string match -q '/*' -- "$XDG_STATE_HOME"
        set -g __git_agents_waiting $XDG_STATE_HOME/git-agents/waiting
    end

    # starts nothing while nothing waits
    function __git_agents_postexec --on-event fish_postexec
        set -l code $status
        test -e $__git_agents_waiting
        or return $code
        set -l ran $argv[1]
        # an alias of fish is a function
        set -l word (string match -r '^\s*\S+' -- $ran | string trim)
        if test -n "$word"; and functions -q -- $word
            set ran $ran (functions -- $word)
        end
        if string match -qr '(^|[\s;&|({/])git([\s;&|]|$)' -- $ran; and command -q git-agents
            command git-agents _deliver </dev/null
        end
        return $code
    end
end
