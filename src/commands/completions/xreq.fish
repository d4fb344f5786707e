# Completions of xreq for fish. As a file: ~/.config/fish/completions/xreq.fish
function __xreq_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l answer (command xreq completions fish -- $before "$current" 2>/dev/null)
    set -l kind (string split ' ' -- $answer[1])
    set -l option (string match -r '^--[^=]+=' -- "$current")
    set -l path (string replace -r '^--[^=]+=' '' -- "$current")
    switch "$kind[1]"
        case words
            printf '%s\n' $answer[2..]
        case files manifests
            printf '%s\n' "$option"(__fish_complete_path "$path")
        case folders
            printf '%s\n' "$option"(__fish_complete_directories "$path" '')
        case command
            set -e before[1..$kind[2]]
            set -l program (string escape -- $before) "$current"
            complete -C "$program"
    end
end
complete --command xreq --no-files --keep-order --arguments '(__xreq_complete)'
