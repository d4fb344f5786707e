# Completions of xreq for bash. In ~/.bashrc: eval "$(xreq completions bash)"
_xreq() {
    local kind='' word='' first
    COMPREPLY=()
    {
        IFS= read -r kind
        while IFS=$'\t' read -r word _; do
            COMPREPLY+=("$word")
        done
    } < <(command xreq completions bash -- "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
    case $kind in
        files | manifests) compopt -o default ;;
        folders) compopt -o dirnames ;;
        command*)
            for ((first = COMP_CWORD; first > 0; first--)); do
                [[ ${COMP_WORDS[first - 1]} == -- ]] && break
            done
            if declare -F _command_offset >/dev/null; then
                _command_offset "$first"
            elif [[ $first -eq $COMP_CWORD && $2 != */* ]]; then
                mapfile -t COMPREPLY < <(compgen -c -- "$2")
            else
                compopt -o default
            fi
            ;;
    esac
}
complete -F _xreq xreq
