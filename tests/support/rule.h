/* SPDX-License-Identifier: Apache-2.0 */
/* rule.h -- which rules of behaviour the tests have checked.
 *
 * A test names the rule it checks by HFT_RULE(D_111) or HFT_RULE(C_2). The name is
 * written down when the test RUNS, not when it is compiled: a test that is
 * skipped or filtered away proves nothing. tests/lint/check_rules.py refuses a
 * name that tests/lint/rules.txt does not know; `./dev test --rules` lists the
 * rules without a test that ran. Shell tests have the same in rule.sh. */
#pragma once

/* Records that the running test checks this rule. For statements: put it first in
 * the test. Does nothing unless $HFT_RULES_FILE names a file. */
#define HFT_RULE(rule) rule_record(#rule)

/* Appends the line "D-111" for "D_111" to the file $HFT_RULES_FILE, in one write, so
 * that tests of several processes may share the file. Without the variable it
 * does nothing. A file that cannot be written ends the process with a message: a
 * test must not pass while its record is lost. Any thread. */
void rule_record(const char *rule);
