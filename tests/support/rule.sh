# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# rule.sh -- HFT_RULE for shell tests, to be sourced; see rule.h.
#
#   . "$HFT_SOURCE/tests/support/rule.sh"
#   hft_rule D_111

hft_rule() {
	[ -n "${HFT_RULES_FILE:-}" ] || return 0
	printf '%s\n' "$1" | tr _ - >>"$HFT_RULES_FILE"
}
