/* SPDX-License-Identifier: Apache-2.0 */
/* test_outcome.c -- the list of outcomes and what follows from each (domain.md 15). */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "record/outcome.h"
#include "support/rule.h"

struct expected {
	uint16_t status;
	uint16_t detail;
	const char *code;
	const char *name;
	bool auto_resend;
	int exit;
};

static const struct expected expected[] = {
	{0, 0, "[0-0]", "done", false, 0},
	{202, 0, "[202-0]", "connect-failed", false, 1},
	{202, 901, "[202-901]", "connect-exhausted", false, 1},
	{208, 0, "[208-0]", "read-failed", true, 1},
	{208, 961, "[208-961]", "read-failed", true, 1},
	{212, 0, "[212-0]", "write-failed", true, 1},
	{212, 965, "[212-965]", "write-failed", true, 1},
	{514, 0, "[514-0]", "job-failed", false, 1},
	{516, 0, "[516-0]", "receiver-busy", false, 1},
	{535, 0, "[535-0]", "verify-failed", true, 7},
	{590, 0, "[590-000]", "send-stopped", false, 8},
	{590, 271, "[590-271]", "send-stopped-late", false, 1},
	{591, 0, "[591-000]", "receive-stopped", true, 1},
	{591, 901, "[591-901]", "receive-stopped-for-good", false, 1},
	{592, 0, "[592-000]", "observe-stopped", false, 1},
	{901, 0, "[901-0]", "cancelled", false, 1},
	{903, 0, "[903-0]", "source-changed", false, 7},
	{904, 0, "[904-0]", "resume-refused", false, 1},
	{905, 0, "[905-0]", "refused", false, 4},
	{906, 0, "[906-0]", "target-exists", false, 1},
	{907, 0, "[907-0]", "csv-failed", false, 1},
	{908, 0, "[908-0]", "source-unreadable", false, 1},
	{909, 0, "[909-0]", "target-unwritable", false, 1},
	{909, 1, "[909-1]", "target-locked", false, 1},
	{910, 0, "[910-0]", "prejob-failed", false, 1},
	{911, 0, "[911-0]", "fenced", false, 1},
	{912, 0, "[912-0]", "not-found", false, 6},
	{913, 0, "[913-0]", "no-agreement", false, 1},
	{914, 1, "[914-1]", "service-missing", false, 1},
	{914, 2, "[914-2]", "service-missing", false, 1},
	{914, 3, "[914-3]", "service-missing", false, 1},
	{915, 0, "[915-0]", "not-ready", false, 1},
	{916, 0, "[916-0]", "found-broken", false, 8},
};

static struct outcome peer_outcome(uint16_t side, uint16_t status, uint16_t detail)
{
	struct outcome peer;
	struct outcome outcome;

	outcome_set(&peer, status, detail, "it broke");
	outcome_set_from_peer(&outcome, side, "tokyo", &peer);
	return outcome;
}

static void name_the_rules(void)
{
	HFT_RULE(D_237);
	HFT_RULE(D_238);
	HFT_RULE(D_239);
	HFT_RULE(D_240);
	HFT_RULE(D_241);
	HFT_RULE(D_243);
	HFT_RULE(D_244);
	HFT_RULE(D_245);
	HFT_RULE(D_246);
	HFT_RULE(D_247);
	HFT_RULE(D_248);
	HFT_RULE(D_249);
	HFT_RULE(D_250);
	HFT_RULE(D_251);
	HFT_RULE(D_252);
	HFT_RULE(D_253);
	HFT_RULE(D_254);
	HFT_RULE(D_255);
	HFT_RULE(D_256);
	HFT_RULE(D_257);
	HFT_RULE(D_258);
	HFT_RULE(D_259);
	HFT_RULE(D_260);
	HFT_RULE(D_261);
	HFT_RULE(D_262);
	HFT_RULE(D_263);
	HFT_RULE(D_264);
	HFT_RULE(D_265);
	HFT_RULE(D_267);
}

Test(outcome, each_code_has_the_name_resend_and_exit_code_of_its_rule)
{
	name_the_rules();
	for (size_t index = 0; index < sizeof(expected) / sizeof(expected[0]); index++) {
		const struct expected *row = &expected[index];
		struct outcome outcome;
		char code[OUTCOME_CODE_BYTES];

		outcome_set(&outcome, row->status, row->detail, "sentence");
		cr_expect_str_eq(outcome_print(&outcome, code), row->code);
		cr_expect_str_eq(outcome_name(&outcome), row->name, "%s", row->code);
		cr_expect_eq(outcome_auto_resend(&outcome), row->auto_resend, "%s", row->code);
		cr_expect_eq(outcome_exit_code(&outcome), row->exit, "%s", row->code);
		cr_expect_eq(outcome_is_done(&outcome), row->status == 0, "%s", row->code);
	}
}

Test(outcome, forced_stop_and_failed_verification_of_the_receiver_are_sent_again)
{
	HFT_RULE(D_242);
	HFT_RULE(D_96);
	HFT_RULE(D_97);
	struct outcome stopped = peer_outcome(HFT_RECEIVER_FAILED, 591, 0);
	struct outcome damaged = peer_outcome(HFT_RECEIVER_FAILED, 535, 0);

	cr_expect(outcome_auto_resend(&stopped));
	cr_expect(outcome_auto_resend(&damaged));
	cr_expect_eq(outcome_exit_code(&damaged), HFT_EXIT_INTEGRITY);
}

Test(outcome, nothing_else_that_the_receiver_reports_is_sent_again)
{
	HFT_RULE(D_99);
	static const uint16_t other[][2] = {{591, 901}, {208, 0}, {514, 0}, {590, 0},
					    {916, 0},	{901, 0}, {0, 0}};

	for (size_t index = 0; index < sizeof(other) / sizeof(other[0]); index++) {
		struct outcome outcome = peer_outcome(HFT_RECEIVER_FAILED, other[index][0],
						      other[index][1]);

		cr_expect_eq(outcome_resend(&outcome), HFT_RESEND_NO, "250-%u", other[index][0]);
	}
}

Test(outcome, a_busy_receiver_is_a_failed_try)
{
	struct outcome outcome = peer_outcome(HFT_RECEIVER_FAILED, 516, 0);

	cr_assert_eq(outcome_resend(&outcome), HFT_RESEND_AS_TRY);
}

Test(outcome, stops_of_our_own_are_sent_again_at_the_next_start)
{
	HFT_RULE(D_98);
	struct outcome outcome;

	outcome_set(&outcome, HFT_SEND_STOPPED, 0, "stopped");
	cr_expect_eq(outcome_resend(&outcome), HFT_RESEND_AT_START);
	outcome_set(&outcome, HFT_SEND_STOPPED, HFT_DETAIL_ALL_SENT, "stopped");
	cr_expect_eq(outcome_resend(&outcome), HFT_RESEND_NO);
}

Test(outcome, what_is_missing_over_there_is_not_missing_here)
{
	HFT_RULE(D_267);
	struct outcome not_found = peer_outcome(HFT_RECEIVER_FAILED, 912, 0);
	struct outcome refused = peer_outcome(HFT_RECEIVER_FAILED, 905, 0);

	cr_expect_eq(outcome_exit_code(&not_found), HFT_EXIT_FAILED);
	cr_expect_eq(outcome_exit_code(&refused), HFT_EXIT_REFUSED);
}

Test(outcome, a_source_that_is_not_there_has_its_own_exit_code)
{
	HFT_RULE(D_257);
	struct outcome outcome;

	outcome_set_errno(&outcome, HFT_SOURCE_UNREADABLE, 0, ENOENT, "cannot read /x: missing");
	cr_expect_eq(outcome_exit_code(&outcome), HFT_EXIT_NOT_FOUND);
	outcome_set_errno(&outcome, HFT_SOURCE_UNREADABLE, 0, EACCES, "cannot read /x: denied");
	cr_expect_eq(outcome_exit_code(&outcome), HFT_EXIT_FAILED);
}

Test(outcome, the_peers_sentence_and_own_detail_are_kept)
{
	HFT_RULE(D_230);
	HFT_RULE(D_266);
	struct outcome outcome = peer_outcome(HFT_SENDER_FAILED, 590, 271);

	cr_expect_eq(outcome.status, 917);
	cr_expect_eq(outcome.detail, 590);
	cr_expect_eq(outcome.peer_detail, 271);
	cr_expect_str_eq(outcome.sentence, "tokyo ended the transfer: it broke");
	cr_expect_eq(outcome_resend(&outcome), HFT_RESEND_NO);
}

Test(outcome, a_peers_outcome_without_words_gets_the_name)
{
	struct outcome outcome;
	struct outcome peer = {.status = 905};

	outcome_set_from_peer(&outcome, HFT_RECEIVER_FAILED, "tokyo", &peer);
	cr_expect_str_eq(outcome.sentence, "tokyo ended the transfer: refused");
	peer.status = 60000;
	outcome_set_from_peer(&outcome, HFT_RECEIVER_FAILED, "tokyo", &peer);
	cr_expect_str_eq(outcome.sentence, "tokyo ended the transfer: no reason");
	cr_expect_eq(outcome_exit_code(&outcome), HFT_EXIT_FAILED);
	cr_expect_eq(outcome_resend(&outcome), HFT_RESEND_NO);
}

Test(outcome, a_peers_sentence_without_end_is_not_read_beyond)
{
	struct outcome outcome;
	struct outcome peer = {.status = 905};

	memset(peer.sentence, 'x', sizeof(peer.sentence));
	outcome_set_from_peer(&outcome, HFT_RECEIVER_FAILED, "tokyo", &peer);
	cr_assert_lt(strlen(outcome.sentence), sizeof(outcome.sentence));
}

Test(outcome, setting_again_forgets_the_earlier_one)
{
	struct outcome outcome = peer_outcome(HFT_RECEIVER_FAILED, 591, 901);

	outcome_set(&outcome, HFT_DONE, 0, "fine");
	cr_expect_eq(outcome.peer_detail, 0);
	cr_expect_str_eq(outcome.sentence, "fine");
}

Test(outcome, a_long_sentence_is_cut_at_a_character)
{
	struct outcome outcome;
	char text[2 * HFT_SENTENCE_BYTES + 1];

	for (size_t index = 0; index + 2 < sizeof(text); index += 2)
		memcpy(&text[index], "\xc3\xa4", 2);
	text[sizeof(text) - 1] = '\0';
	outcome_set(&outcome, HFT_DONE, 0, ".%s", text);
	/* One byte before the two-byte characters: the last one cannot be whole. */
	cr_expect_leq(strlen(outcome.sentence), HFT_SENTENCE_BYTES - 1);
	cr_expect_eq(strlen(outcome.sentence) % 2, 1);
	cr_expect_geq(strlen(outcome.sentence), HFT_SENTENCE_BYTES - 4);
}

Test(outcome, a_code_that_is_not_in_the_list_is_a_bug, .signal = SIGABRT)
{
	struct outcome outcome;

	outcome_set(&outcome, 203, 0, "what is that");
}

Test(outcome, a_code_from_elsewhere_is_unknown_but_printable)
{
	struct outcome outcome = {.status = 65535, .detail = 65535};
	char code[OUTCOME_CODE_BYTES];

	cr_expect_not(outcome_is_known(203, 0));
	cr_expect_not(outcome_is_known(202, 1));
	cr_expect_str_eq(outcome_name(&outcome), "unknown");
	cr_expect_str_eq(outcome_print(&outcome, code), "[65535-65535]");
}

#define LISTED(status_, detail_, name_, sentence_, resend_, exit_) \
	{.status = status_, .detail = detail_, .name = name_, .code = sentence_, .exit = exit_},

static const struct expected listed[] = {HFT_OUTCOMES(LISTED)};

Test(outcome, the_list_is_sorted_named_and_without_doubles)
{
	HFT_RULE(D_267);
	for (size_t index = 0; index < sizeof(listed) / sizeof(listed[0]); index++) {
		cr_expect_gt(strlen(listed[index].name), 0);
		cr_expect_gt(strlen(listed[index].code), 0);
		if (index == 0)
			continue;
		cr_expect(listed[index].status > listed[index - 1].status ||
				  (listed[index].status == listed[index - 1].status &&
				   listed[index].detail > listed[index - 1].detail),
			  "%s", listed[index].name);
	}
}
