# The start of `make shell`, after the user's own settings, which may set PATH and the prompt.
if [ -f ~/.bashrc ]; then . ~/.bashrc; fi
PATH="$EXCHANGE_AUTOMATION_PATH:$PATH"
PS1="(local tenant) ${PS1:-\w\$ }"
PROMPT_COMMAND=
echo "A local tenant takes the place of Azure in this shell, and pulumi and exchange-automation are on PATH."
echo "Try: pulumi stack init scratch && pulumi up. The tenant and its stacks are gone after: exit"
