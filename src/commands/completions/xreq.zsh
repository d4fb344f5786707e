#compdef xreq
# Completions of xreq for zsh. In ~/.zshrc: eval "$(xreq completions zsh)"
_xreq() {
    local -a answer described
    local kind line word
    answer=("${(@f)$(command xreq completions zsh -- "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    kind=$answer[1]
    case $kind in
        words)
            for line in "${(@)answer[2,-1]}"; do
                word=${line%%$'\t'*}
                described+=("${word//:/\\:}:${line#*$'\t'}")
            done
            _describe -V 'xreq' described
            ;;
        files | folders | manifests)
            [[ $PREFIX == --*=* ]] && compset -P '*='
            case $kind in
                files) _files ;;
                folders) _files -/ ;;
                manifests) _files -g '*.(yaml|yml)(-.)' ;;
            esac
            ;;
        command*)
            shift ${kind#command } words
            (( CURRENT -= ${kind#command } ))
            _normal
            ;;
    esac
}
if [[ $funcstack[1] == _xreq ]]; then
    _xreq "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
    compdef _xreq xreq
fi
