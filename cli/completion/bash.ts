/**
 * The completion of bash. That of the library shows no descriptions, and needs a package that not every machine has.
 * Bash shows what may follow with what it is, and inserts the value alone. It works from bash 3.2 on.
 */
export const BASH_COMPLETION = `# bash completion for lastcall
__lastcall_complete() {
  local current=\${COMP_WORDS[COMP_CWORD]} line value
  local -a values=() offers=()
  while IFS= read -r line; do
    value=\${line%%$'\\t'*}
    [[ $line == :* || $value != "$current"* ]] && continue
    values+=("$value")
    offers+=("\${line/$'\\t'/  }")
  done < <(lastcall complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  COMPREPLY=(\${values[@]+"\${values[@]}"})
  # 37 is menu-complete, which inserts each line.
  if ((\${#values[@]} > 1 && COMP_TYPE != 37)); then COMPREPLY=("\${offers[@]}"); fi
}
complete -o default -F __lastcall_complete lastcall
`;
