# Completion of `git agents` for fish. To use it:
#   git-agents completions fish > ~/.config/fish/conf.d/git-agents.fish

# The words after `agents`, where the command line is `git agents ...`.
function __git_agents_words
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -e words[1]
    # options of git, some of which take the next word
    while set -q words[1]
        switch $words[1]
            case -C -c --git-dir --work-tree --namespace --exec-path --config-env
                set -e words[1]
                set -e words[1]
            case '-*'
                set -e words[1]
            case agents
                set -e words[1]
                printf '%s\n' $words
                return 0
            case '*'
                return 1
        end
    end
    return 1
end

function __git_agents_given
    __git_agents_words >/dev/null
end

function __git_agents_offered
    set -l current (commandline --current-token)
    git-agents _complete fish -- git-agents (__git_agents_words) "$current" 2>/dev/null
end

function __git_agents_offered_alone
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l current (commandline --current-token)
    git-agents _complete fish -- git-agents $words[2..-1] "$current" 2>/dev/null
end

complete --command git --condition __git_agents_given --no-files --keep-order --arguments '(__git_agents_offered)'
complete --command git-agents --no-files --keep-order --arguments '(__git_agents_offered_alone)'
