/* SPDX-License-Identifier: Apache-2.0 */
/* test_config.c -- what a configuration as a whole means, and how it is refused. */
#include "daemon/config.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/config_text.h"
#include "support/rule.h"
#include "unit/daemon/config_fixture.h"

static const char example[] = "[engine]\n"
			      "name         = osaka\n"
			      "listen       = 0.0.0.0, ::              # of the ports below\n"
			      "receive_port = 30001\n"
			      "services     = send, receive\n"
			      "\n"
			      "[host tokyo]\n"
			      "address      = 10.0.0.2, 10.0.0.3\n"
			      "receive_port = 30002\n"
			      "fingerprint  = " KEY_ONE "\n"
			      "\n"
			      "[send DAILY]\n"
			      "path         = /data/out/daily.dat\n"
			      "hosts        = tokyo\n"
			      "\n"
			      "[receive DAILY]\n"
			      "path         = /data/in/daily.dat\n"
			      "mode         = replace\n"
			      "on_failure   = keep\n"
			      "\n"
			      "[receive *]\n"
			      "folder       = /data/inbox\n"
			      "\n"
			      "[retry]\n"
			      "retrytime         = 7\n"
			      "retrycnt          = 4\n"
			      "sockerr_autoretry = 2\n";

Test(config, the_example_of_the_manual_is_understood)
{
	const struct config *config = NULL;
	struct reading reading;

	read_text(&reading, example);
	config = reading.config;
	cr_assert_not_null(config, "%s", reading.all);
	cr_expect_str_eq(reading.all, "");
	cr_expect_str_eq(config->engine.name, "osaka");
	cr_expect_eq(config->engine.listen_count, 2);
	cr_expect_str_eq(config->engine.listen[1], "::");
	cr_expect_eq(config->engine.services, SERVICE_SEND | SERVICE_RECEIVE);
	cr_expect_eq(config->engine.retry.retry_interval_s, 7);
	cr_assert_eq(config->host_count, 1);
	cr_expect_eq(config->host[0].address_count, 2);
	cr_expect_str_eq(config->host[0].address[1], "10.0.0.3");
	cr_expect_eq(config->host[0].retry.auto_resend_count, 2);
	cr_assert_eq(config->send_count, 1);
	cr_assert_eq(config->send[0].host_count, 1);
	cr_expect_eq(config->send[0].host[0], 0);
	cr_assert_eq(config->receive_count, 2);
	reading_done(&reading);
}

Test(config, nothing_at_all_gives_defaults)
{
	struct reading reading;

	read_text(&reading, "");
	cr_assert_not_null(reading.config);
	cr_expect_str_eq(reading.all, "");
	cr_expect_neq(reading.config->engine.name[0], '\0');
	cr_expect_eq(reading.config->engine.listen_count, 2);
	cr_expect_eq(reading.config->host_count, 0);
	cr_expect_null(config_find_receive(reading.config, ""));
	reading_done(&reading);
}

Test(config, ad_hoc_receives_replace_and_defined_ones_do_not)
{
	struct reading reading;

	read_text(&reading, "[receive *]\nfolder = /in\n[receive A]\nfolder = /in\n");
	cr_assert_not_null(reading.config);
	cr_expect_eq(config_find_receive(reading.config, "")->mode, TARGET_REPLACE);
	cr_expect_eq(config_find_receive(reading.config, "A")->mode, TARGET_NEW);
	cr_expect_null(config_find_receive(reading.config, "B"));
	cr_expect_null(config_find_receive(reading.config, "*"));
	reading_done(&reading);
}

Test(config, a_host_overrides_the_retry_keys_of_the_engine)
{
	struct reading reading;

	HFT_RULE(D_270);
	read_text(&reading, "[host a]\nfingerprint=" KEY_ONE "\nretrycnt = 9\n"
			    "[retry]\nretrytime = 3\n[engine]\nretrycnt = 8\n");
	cr_assert_not_null(reading.config, "%s", reading.all);
	cr_expect_eq(reading.config->engine.retry.retry_count, 8);
	cr_expect_eq(reading.config->host[0].retry.retry_count, 9);
	cr_expect_eq(reading.config->host[0].retry.retry_interval_s, 3);
	reading_done(&reading);
}

Test(config, one_key_said_in_two_ways_names_both_lines)
{
	HFT_RULE(D_268);
	expect_refusal("[engine]\nconnect_retry_count = 5\nRETRYCNT = 6\n",
		       "f:3: RETRYCNT = 6: ", "connect_retry_count = 5 in f:2");
	expect_refusal("[engine]\nretrycnt = 5\n[retry]\nretrycnt = 6\n", "f:4: ", "f:2");
	expect_refusal("[receive A]\nfolder = /a\nmode = R\nTRANSMODE = N\n", "f:4: ", "f:3");
}

Test(config, one_key_said_twice_with_one_meaning_is_fine)
{
	struct reading reading;

	read_text(&reading, "[retry]\nretrycnt = 5\n[engine]\nconnect_retry_count = 05\n"
			    "[receive A]\nfolder = /a\nmode = R\nTRANSMODE = replace\n");
	cr_expect_eq(reading.result, 0, "%s", reading.all);
	reading_done(&reading);
}

Test(config, unknown_things_are_errors_at_their_line)
{
	HFT_RULE(D_269);
	expect_refusal("[engine]\n\nspeed = 9\n", "f:3: speed = 9: ", "unknown key in [engine]");
	expect_refusal("[motor]\nspeed = 9\n", "f:1: [motor]: ", "unknown section");
	expect_refusal("name = a\n", "f:1: name = a: ", "before the first [section]");
	expect_refusal("[engine]\nnonsense\n", "f:2: ", "neither [SECTION] nor KEY = VALUE");
	expect_refusal("[engine\n", "f:1: ", "[WORD]");
	expect_refusal("[engine] x\n", "f:1: ", "[WORD]");
	expect_refusal("[]\n", "f:1: ", "[WORD]");
	expect_refusal("[engine]\n= 5\n", "f:2: ", "KEY = VALUE");
	expect_refusal("[engine main]\n", "f:1: ", "no name");
	expect_refusal("[host]\n", "f:1: ", "its name");
	expect_refusal("[host a b]\n", "f:1: ", "its name");
	expect_refusal("[send *]\n", "f:1: ", "its name");
	expect_refusal("[receive a/b]\n", "f:1: ", "its name");
}

Test(config, sections_of_later_versions_are_refused_as_such)
{
	expect_refusal("[cluster]\ndrain_timeout = 5\n", "f:1: [cluster]: ", "not implemented");
	expect_refusal("[group g]\nhosts = a\n", "f:1: [group]: ", "not implemented");
	expect_refusal("[format f]\n", "f:1: ", "not implemented");
	expect_refusal("[cluster-group p]\n", "f:1: ", "not implemented");
}

Test(config, a_classic_key_without_meaning_is_one_warning)
{
	struct reading reading;

	read_text(&reading, "[engine]\ntmpdir = /tmp\nSDDPORT = 1\nBlockLen = 2\nBLOCKCNT = 3\n");
	cr_expect_eq(reading.result, 0);
	cr_expect_eq(reading.error_count, 0);
	cr_expect_eq(reading.warning_count, 4);
	cr_expect_eq(strncmp(reading.first, "f:2: warning: tmpdir", 20), 0, "%s", reading.first);
	reading_done(&reading);
}

Test(config, a_section_stands_once)
{
	expect_refusal("[receive A]\nfolder = /a\n[receive A]\nfolder = /a\n",
		       "f:3: [receive A]: ", "f:1");
	expect_refusal("[host a]\nfingerprint = " KEY_ONE "\n[host a]\nfingerprint = " KEY_ONE "\n",
		       "f:3: [host a]: ", "f:1");
}

Test(config, one_name_may_stand_for_different_kinds)
{
	struct reading reading;

	read_text(&reading, "[send A]\n[receive A]\nfolder = /a\n");
	cr_expect_eq(reading.result, 0, "%s", reading.all);
	reading_done(&reading);
}

Test(config, tls_needs_a_fingerprint_and_plain_does_not)
{
	struct reading reading;

	expect_refusal("[host a]\naddress = 10.0.0.1\n", "f:1: [host a]: ", "fingerprint");
	read_text(&reading, "[host a]\naddress = 10.0.0.1\nsecurity = plain\n");
	cr_assert_eq(reading.result, 0, "%s", reading.all);
	cr_expect_eq(config_find_plain(reading.config, "10.0.0.1"), &reading.config->host[0]);
	cr_expect_null(config_find_plain(reading.config, "10.0.0.2"));
	reading_done(&reading);
}

Test(config, a_bad_fingerprint_is_one_finding)
{
	struct reading reading;

	read_text(&reading, "[host a]\nfingerprint = SHA256:x\n");
	cr_expect_eq(reading.error_count, 1, "%s", reading.all);
	reading_done(&reading);
}

Test(config, plain_is_found_however_the_address_is_written)
{
	struct reading reading;

	read_text(&reading, "[host a]\naddress = 0:0:0:0:0:0:0:1\nsecurity = plain\n");
	cr_assert_eq(reading.result, 0, "%s", reading.all);
	cr_expect_not_null(config_find_plain(reading.config, "::1"));
	cr_expect_null(config_find_plain(reading.config, "a"));
	reading_done(&reading);
}

Test(config, a_tls_host_is_not_found_by_its_address)
{
	struct reading reading;

	read_text(&reading, "[host a]\naddress = 10.0.0.1\nfingerprint = " KEY_ONE "\n");
	cr_assert_not_null(reading.config);
	cr_expect_null(config_find_plain(reading.config, "10.0.0.1"));
	reading_done(&reading);
}

Test(config, two_hosts_never_look_the_same)
{
	expect_refusal("[host a]\nfingerprint = " KEY_ONE "\n"
		       "[host b]\nfingerprint = " KEY_TWO ", " KEY_ONE "\n",
		       "f:3: [host b]: its fingerprint", "[host a] in f:1");
	expect_refusal("[host a]\nsecurity = plain\naddress = ::1\n"
		       "[host b]\nsecurity = plain\naddress = 0::1\n",
		       "f:4: [host b]: its address", "[host a] in f:1");
}

Test(config, a_key_finds_its_host)
{
	struct fingerprint key;
	struct reading reading;

	read_text(&reading, "[host a]\nfingerprint = " KEY_ONE "\n"
			    "[host b]\nfingerprint = " KEY_TWO "\n");
	cr_assert_not_null(reading.config, "%s", reading.all);
	cr_assert_eq(fingerprint_parse(KEY_TWO, &key), 0);
	cr_expect_str_eq(config_find_fingerprint(reading.config, &key)->name, "b");
	memset(&key, 7, sizeof(key));
	cr_expect_null(config_find_fingerprint(reading.config, &key));
	cr_expect_eq(config_find_host(reading.config, "b"), &reading.config->host[1]);
	cr_expect_null(config_find_host(reading.config, "c"));
	reading_done(&reading);
}

Test(config, a_receive_says_where)
{
	expect_refusal("[receive A]\n", "f:1: [receive A]: ", "nowhere");
	expect_refusal("[receive A]\npath = /a/b\nfolder = /a\n", "f:1: [receive A]: ", "folder");
}

Test(config, hosts_of_a_send_exist_wherever_they_stand)
{
	struct reading reading;

	expect_refusal("[send A]\nhosts = tokyo\n", "f:2: hosts = tokyo: ", "not known here");
	read_text(&reading, "[send A]\nhosts = b, a\n[host a]\nfingerprint = " KEY_ONE "\n"
			    "[host b]\nfingerprint = " KEY_TWO "\n");
	cr_assert_eq(reading.result, 0, "%s", reading.all);
	cr_expect_eq(config_find_send(reading.config, "A")->host[0], 1);
	cr_expect_eq(config_find_send(reading.config, "A")->host[1], 0);
	cr_expect_null(config_find_send(reading.config, "B"));
	reading_done(&reading);
}

Test(config, a_job_needs_a_command_and_is_not_run_yet)
{
	struct reading reading;

	expect_refusal("[job j]\ntimeout = 5\n", "f:1: [job j]: ", "command");
	read_text(&reading, "[job j]\ncommand = /bin/true\n");
	cr_expect_eq(reading.result, 0);
	cr_expect_eq(reading.warning_count, 1, "%s", reading.all);
	reading_done(&reading);
}

Test(config, findings_come_in_the_order_of_lines)
{
	struct reading reading;

	read_text(&reading,
		  "[send A]\nhosts = nobody\n[engine]\nmovers = 0\n[host a]\nlanes = 0\n");
	cr_expect_eq(reading.error_count, 4, "%s", reading.all);
	cr_expect_lt(strstr(reading.all, "f:2"), strstr(reading.all, "f:4"));
	cr_expect_lt(strstr(reading.all, "f:4"), strstr(reading.all, "f:5"));
	cr_expect_lt(strstr(reading.all, "f:5"), strstr(reading.all, "f:6"));
	reading_done(&reading);
}

Test(config, of_endless_findings_the_rest_is_counted)
{
	static char text[400 * 4 + 16] = "[engine]\n";
	struct reading reading;

	for (unsigned i = 0; i < 400; i++)
		memcpy(text + 9 + 4 * i, "x=1\n", 5);
	read_text(&reading, text);
	cr_expect_eq(reading.error_count, HFT_CONFIG_FINDINGS_MAX);
	cr_expect_not_null(strstr(reading.all, "f:2: x = 1"));
	reading_done(&reading);
}

Test(config, comments_blanks_and_foreign_line_ends_mean_nothing)
{
	struct reading reading;

	read_text(&reading, "\xef\xbb\xbf# first\r\n  [ send   A ]   # here\r\n"
			    "\tpath=/data/a#b \t # and here\r\n#\n   \n");
	cr_assert_eq(reading.result, 0, "%s", reading.all);
	cr_expect_str_eq(reading.config->send[0].path, "/data/a#b");
	reading_done(&reading);
}

Test(config, an_indented_line_is_a_line_of_its_own)
{
	struct reading reading;

	read_text(&reading, "[engine]\nname = a\n   send_limit = 3\n");
	cr_assert_eq(reading.result, 0, "%s", reading.all);
	cr_expect_str_eq(reading.config->engine.name, "a");
	cr_expect_eq(reading.config->engine.send_limit, 3);
	reading_done(&reading);
}

Test(config, what_is_no_text_is_told_at_its_line)
{
	static const char nul[] = "[engine]\nname = a\0b\n";
	struct reading reading = {0};

	expect_refusal("[engine]\nname = \xff\n", "f:2: ", "UTF-8");
	expect_refusal("[engine]\nname = a\x1b[31m\n", "f:2: ", "control character");
	cr_expect_eq(
		config_parse("f", nul, sizeof(nul) - 1, reading_found, &reading, &reading.config),
		-EINVAL);
	cr_expect_not_null(strstr(reading.first, "f:2: there is a control character"));
}

/* [receive NAME] with a name of `count` bytes, or a path so long. */
static void read_long(struct reading *reading, const char *before, size_t count, const char *after)
{
	static char text[3 * HFT_CONFIG_LINE_BYTES];
	size_t used = strlen(before);

	cr_assert_lt(used + count + strlen(after), sizeof(text));
	memcpy(text, before, used);
	memset(text + used, 'a', count);
	memcpy(text + used + count, after, strlen(after) + 1);
	read_text(reading, text);
	reading_done(reading);
}

Test(config, nothing_too_long_is_cut)
{
	struct reading reading;

	read_long(&reading, "[receive ", 50, "]\nfolder = /a\n");
	cr_expect_eq(reading.result, 0, "%s", reading.all);
	read_long(&reading, "[receive ", 51, "]\nfolder = /a\n");
	cr_expect_eq(reading.result, -EINVAL);
	read_long(&reading, "[host ", 63, "]\nfingerprint = " KEY_ONE "\n");
	cr_expect_eq(reading.result, 0, "%s", reading.all);
	read_long(&reading, "[host ", 64, "]\nfingerprint = " KEY_ONE "\n");
	cr_expect_eq(reading.result, -EINVAL);
	read_long(&reading, "[send A]\npath = /", HFT_PATH_BYTES - 2, "\n");
	cr_expect_eq(reading.result, 0, "%s", reading.all);
	read_long(&reading, "[send A]\npath = /", HFT_PATH_BYTES - 1, "\n");
	cr_expect_eq(reading.result, -EINVAL);
	cr_expect_not_null(strstr(reading.first, "f:2: path = /aaa"), "%s", reading.first);
	cr_expect_not_null(strstr(reading.first, "too long"), "%s", reading.first);
	read_long(&reading, "[engine]\n# ", HFT_CONFIG_LINE_BYTES - 2, "\n");
	cr_expect_eq(reading.result, 0, "%s", reading.all);
	read_long(&reading, "[engine]\n# ", HFT_CONFIG_LINE_BYTES - 1, "\nmovers = 0\n");
	cr_expect_not_null(strstr(reading.all, "f:2: the line is too long"), "%s", reading.all);
	cr_expect_not_null(strstr(reading.all, "f:3: movers"), "%s", reading.all);
}

Test(config, a_list_that_is_too_long_says_so)
{
	expect_refusal("[engine]\nlisten = ::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,"
		       "::1,::1,::1,::1\n",
		       "f:2: ", "too many in the list");
}

Test(config, more_sections_than_there_is_room_for_are_refused)
{
	char *text = malloc((HFT_DEFINITIONS_MAX + 2) * 24);
	struct reading reading;
	size_t used = 0;

	cr_assert_not_null(text);
	for (unsigned i = 0; i <= HFT_DEFINITIONS_MAX; i++)
		used += (size_t)snprintf(text + used, 24, "[send f%u]\n", i);
	read_text(&reading, text);
	cr_expect_eq(reading.error_count, 1);
	cr_expect_not_null(strstr(reading.first, "f:4097: [send f4096]: more than 4096"), "%s",
			   reading.first);
	reading_done(&reading);
	free(text);
}

/* ---- filled by hand ------------------------------------------------------------- */

Test(config, a_config_filled_by_hand_has_every_default)
{
	struct config_host *host = NULL;
	struct config *config = NULL;

	cr_assert_eq(config_new(&config), 0);
	config->engine.retry.retry_count = 1;
	host = config_add_host(config, "b");
	cr_assert_not_null(host);
	cr_expect_str_eq(host->address[0], "b");
	cr_expect_eq(host->address_count, 1);
	cr_expect_eq(host->receive_port, 30000);
	cr_expect_eq(host->retry.retry_count, 1);
	cr_expect_eq(host->retry.dead_after_ms, 2000);
	cr_expect_not(host->plain);
	cr_expect_eq(config_add_send(config, "A")->priority, HFT_PRIORITY_DEFAULT);
	cr_expect_eq(config_add_receive(config, "*")->mode, TARGET_REPLACE);
	cr_expect_str_eq(config_add_job(config, "j")->folder, "/");
	config_free(config);
}

Test(config, what_is_added_stays_when_more_is_added)
{
	struct config *config = NULL;
	char name[16];

	cr_assert_eq(config_new(&config), 0);
	for (unsigned i = 0; i < HFT_HOSTS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "h%u", i);
		cr_assert_not_null(config_add_host(config, name));
	}
	cr_expect_null(config_add_host(config, "one-more"));
	cr_expect_eq(config->host_count, HFT_HOSTS_MAX);
	cr_expect_str_eq(config_find_host(config, "h0")->name, "h0");
	cr_expect_str_eq(config_find_host(config, "h4095")->name, "h4095");
	config_free(config);
	config_free(NULL);
}
