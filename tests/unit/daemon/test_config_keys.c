/* SPDX-License-Identifier: Apache-2.0 */
/* test_config_keys.c -- every key: its values, the ends of its range, its default, its alias.
 *
 * The cases are written from domain.md section 16 and not from the table under test; a key
 * without a case is a failure, and so is a case without a key. */
#include "daemon/config_keys.h"

#include "daemon/config_value.h"
#include "support/rule.h"
#include "unit/daemon/config_fixture.h"

#define GOOD_MAX 8
#define BAD_MAX	 8

/* A value that is taken, and what it means as a number. */
struct good {
	const char *text; /* NULL ends the list */
	uint64_t number;  /* what is stored; unused for texts */
};

struct key_case {
	enum config_section section; /* where it is tried; retry keys in all three places */
	const char *name;	     /* ours */
	const char *alias;	     /* classic, as people write it; NULL = none */
	size_t offset;		     /* of the field in the section's struct */
	size_t bytes;		     /* of the field; 0 = nowhere; above 8 = a text */
	uint64_t preset;	     /* the default, as a number */
	const char *preset_text;     /* the default of a text; NULL = not looked at */
	struct good good[GOOD_MAX];  /* taken */
	const char *bad[BAD_MAX];    /* refused */
	const char *later[BAD_MAX];  /* refused as not implemented */
};

#define AT(owner, field) offsetof(struct owner, field), sizeof(((struct owner *)0)->field)
#define NOWHERE		 0, 0

/* clang-format off */
static const struct key_case cases[] = {
	{SECTION_RETRY, "connect_retry_interval", "RETRYTIME", AT(config_retry, retry_interval_s),
	 20, NULL, {{"0", 0}, {"9999", 9999}}, {"10000", "-1", "", "x", "5 s"}, {NULL}},
	{SECTION_RETRY, "connect_retry_count", "retrycnt", AT(config_retry, retry_count),
	 5, NULL, {{"0", 0}, {"9999", 9999}}, {"10000", "1.5"}, {NULL}},
	{SECTION_RETRY, "auto_resend_count", "sockerr_autoretry",
	 AT(config_retry, auto_resend_count),
	 3, NULL, {{"0", 0}, {"9999", 9999}}, {"10000"}, {NULL}},
	{SECTION_RETRY, "socket_timeout", "SockTime", AT(config_retry, socket_timeout_s),
	 3600, NULL, {{"10", 10}, {"259200", 259200}}, {"9", "259201"}, {NULL}},
	{SECTION_RETRY, "connect_timeout", NULL, AT(config_retry, connect_timeout_s),
	 10, NULL, {{"1", 1}, {"300", 300}}, {"0", "301"}, {NULL}},
	{SECTION_RETRY, "dead_after", NULL, AT(config_retry, dead_after_ms),
	 2000, NULL, {{"50", 50}, {"60000", 60000}}, {"49", "60001"}, {NULL}},
	{SECTION_RETRY, "stuck_after", NULL, AT(config_retry, stuck_after_ms),
	 30000, NULL, {{"30000", 30000}}, {"999", "3600001"}, {"1000", "3600000"}},
	{SECTION_RETRY, "retry_on_busy", "rcvover_rty", AT(config_retry, retry_on_busy),
	 1, NULL, {{"yes", 1}, {"no", 0}, {"Y", 1}, {"N", 0}, {"1", 1}, {"0", 0}},
	 {"true", "YES", "2"}, {NULL}},
	{SECTION_RETRY, "auto_resend_reset", NULL, AT(config_retry, auto_resend_on_progress),
	 0, NULL, {{"never", 0}}, {"always"}, {"on-progress"}},
	{SECTION_RETRY, "early_reconnect", NULL, AT(config_retry, early_reconnect),
	 0, NULL, {{"off", 0}}, {"no"}, {"on-sign"}},

	{SECTION_ENGINE, "send_limit", "sndpsnum", AT(config_engine, send_limit),
	 10, NULL, {{"1", 1}, {"9999", 9999}}, {"0", "10000"}, {NULL}},
	{SECTION_ENGINE, "receive_limit", "rcvpsnum", AT(config_engine, receive_limit),
	 0, NULL, {{"0", 0}, {"9999", 9999}}, {"10000"}, {NULL}},
	{SECTION_ENGINE, "slot_until", "sndpsend", AT(config_engine, slot_until_job),
	 0, NULL, {{"transfer", 0}}, {"end"}, {"job"}},
	{SECTION_ENGINE, "failure_job_when", NULL, AT(config_engine, failure_job_each),
	 0, NULL, {{"last", 0}}, {"first"}, {"each"}},
	{SECTION_ENGINE, "resend_delete", "RESENDDEL", NOWHERE,
	 0, NULL, {{"file-id+host+path", 0}}, {"all"}, {"none", "file-id", "file-id+host"}},
	{SECTION_ENGINE, "resume", NULL, AT(config_engine, resume_strict),
	 0, NULL, {{"fallback", 0}, {"strict", 1}}, {"yes"}, {NULL}},
	{SECTION_ENGINE, "resume_check", NULL, AT(config_engine, resume_check),
	 2, NULL, {{"0", 0}, {"7", 7}, {"all", UINT32_MAX}}, {"4294967295", "ALL"}, {NULL}},
	{SECTION_ENGINE, "job_wait_timeout", "jobwtimeout", NOWHERE,
	 0, NULL, {{"3600", 0}}, {"86401"}, {"0", "86400"}},
	{SECTION_ENGINE, "group_check", "tgrpchk", NOWHERE,
	 0, NULL, {{"1", 0}, {"if-set", 0}}, {"3"}, {"0", "2", "no", "always"}},
	{SECTION_ENGINE, "locked_target", "rcvfilewait", NOWHERE,
	 0, NULL, {{"fail", 0}, {"0", 0}}, {"2"}, {"wait", "1"}},
	{SECTION_ENGINE, "dynamic_send", "dynparam", AT(config_engine, dynamic_send),
	 1, NULL, {{"yes", 1}, {"1", 1}}, {"2"}, {"no", "0", "N"}},
	{SECTION_ENGINE, "receive_port", "rcvport", AT(config_engine, receive_port),
	 30000, NULL, {{"0", 0}, {"65535", 65535}}, {"65536"}, {NULL}},
	{SECTION_ENGINE, "observe_port", "obsport", AT(config_engine, observe_port),
	 31000, NULL, {{"0", 0}, {"65535", 65535}}, {"65536"}, {NULL}},
	{SECTION_ENGINE, "name", "myhostname", AT(config_engine, name),
	 0, NULL, {{"osaka", 0}, {"a-b.c_9", 0}}, {"", "a b", "a/b", "a:b"}, {NULL}},
	{SECTION_ENGINE, "send_buffer", "sndsocksize", NOWHERE,
	 0, NULL, {{"0", 0}}, {"4095", "x"}, {"4096", "1M"}},
	{SECTION_ENGINE, "receive_buffer", "rcvsocksize", NOWHERE,
	 0, NULL, {{"0", 0}}, {"4095", "x"}, {"4096", "1M"}},
	{SECTION_ENGINE, "partial_keep", NULL, AT(config_engine, partial_keep_days),
	 7, NULL, {{"0", 0}, {"9999", 9999}}, {"10000"}, {NULL}},
	{SECTION_ENGINE, "complete_keep", NULL, AT(config_engine, complete_keep_days),
	 7, NULL, {{"1", 1}, {"9999", 9999}}, {"0", "10000"}, {NULL}},
	{SECTION_ENGINE, "ready_on_start", NULL, AT(config_engine, ready_on_start),
	 0, NULL, {{"no", 0}}, {"maybe"}, {"yes"}},
	{SECTION_ENGINE, "listen", NULL, AT(config_engine, listen),
	 0, "0.0.0.0", {{"127.0.0.1", 0}, {"::1, 10.0.0.1", 0}},
	 {"", "localhost", "127.0.0.1:30000", "[::1]:1", "10.0.0.1,", ",10.0.0.1"}, {NULL}},
	{SECTION_ENGINE, "services", NULL, AT(config_engine, services),
	 7, NULL, {{"send", 1}, {"receive", 2}, {"observe", 4}, {"receive,send", 3},
		   {"send, receive, observe", 7}}, {"", "all", "send receive"}, {NULL}},
	{SECTION_ENGINE, "probe_port", NULL, AT(config_engine, probe_port),
	 30000, NULL, {{"0", 0}, {"65535", 65535}}, {"65536"}, {NULL}},
	{SECTION_ENGINE, "io_engine", NULL, AT(config_engine, io_engine),
	 CONFIG_IO_AUTO, NULL, {{"auto", CONFIG_IO_AUTO}, {"uring", CONFIG_IO_URING},
				{"epoll", CONFIG_IO_EPOLL}}, {"select"}, {NULL}},
	{SECTION_ENGINE, "zero_copy", NULL, AT(config_engine, zero_copy),
	 1, NULL, {{"yes", 1}, {"no", 0}}, {"auto"}, {NULL}},
	{SECTION_ENGINE, "movers", NULL, AT(config_engine, movers),
	 0, NULL, {{"auto", 0}, {"1", 1}, {"256", 256}}, {"0", "257"}, {NULL}},
	{SECTION_ENGINE, "buffer_pool", NULL, AT(config_engine, buffer_pool_mib),
	 32, NULL, {{"16", 16}, {"1024", 1024}}, {"15", "1025"}, {NULL}},
	{SECTION_ENGINE, "control_group", NULL, AT(config_engine, control_group),
	 0, "hft", {{"operators", 0}}, {"", "a b"}, {NULL}},
	{SECTION_ENGINE, "replicate", NULL, NOWHERE,
	 0, NULL, {{NULL, 0}}, {""}, {"pair"}},

	{SECTION_HOST, "host_send_limit", "HOSTSPSNUM", AT(config_host, send_limit),
	 0, NULL, {{"0", 0}, {"9999", 9999}}, {"10000"}, {NULL}},
	{SECTION_HOST, "allow_requests", "SENDPERMIT", AT(config_host, allow_requests),
	 1, NULL, {{"yes", 1}, {"no", 0}, {"Y", 1}, {"N", 0}}, {"x"}, {NULL}},
	{SECTION_HOST, "receive_port", "RCVPORT", AT(config_host, receive_port),
	 30000, NULL, {{"1", 1}, {"65535", 65535}}, {"0", "65536"}, {NULL}},
	{SECTION_HOST, "observe_port", "REQPORT", AT(config_host, observe_port),
	 31000, NULL, {{"1", 1}, {"65535", 65535}}, {"0", "65536"}, {NULL}},
	{SECTION_HOST, "address", NULL, AT(config_host, address),
	 0, "h", {{"10.0.0.2", 0}, {"b.example, ::1", 0}},
	 {"", "10.0.0.2:30000", "a b", "a,,b",
	  "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17"}, {NULL}},
	{SECTION_HOST, "fingerprint", NULL, AT(config_host, fingerprint),
	 0, NULL, {{KEY_ONE, 0}, {KEY_ONE ", " KEY_TWO, 0}},
	 {"", "SHA256:abc", "MD5:00", KEY_ONE ","}, {NULL}},
	{SECTION_HOST, "security", NULL, AT(config_host, plain),
	 0, NULL, {{"tls", 0}, {"plain", 1}}, {"none"}, {NULL}},
	{SECTION_HOST, "lanes", NULL, AT(config_host, lanes),
	 0, NULL, {{"auto", 0}, {"1", 1}, {"64", 64}}, {"0", "65"}, {NULL}},
	{SECTION_HOST, "congestion", NULL, AT(config_host, congestion),
	 0, NULL, {{"system", 0}}, {""}, {"bbr"}},
	{SECTION_HOST, "limit_rate", NULL, AT(config_host, limit_rate_bytes),
	 0, NULL, {{"0", 0}, {"1024", 1024}, {"100M", UINT64_C(104857600)},
		   {"1g", UINT64_C(1073741824)}}, {"1023", "1T", "-1"}, {NULL}},

	{SECTION_SEND, "path", "FILENAME", AT(config_send, path),
	 0, "", {{"/data/out/daily.dat", 0}}, {"", "daily.dat"}, {NULL}},
	{SECTION_SEND, "group", "GRPID", NOWHERE,
	 0, NULL, {{NULL, 0}}, {""}, {"g"}},
	{SECTION_SEND, "priority", "TRANSPRTY", AT(config_send, priority),
	 50, NULL, {{"1", 1}, {"256", 256}}, {"0", "257"}, {NULL}},
	{SECTION_SEND, "interval", "INTERVAL", NOWHERE,
	 0, NULL, {{"0", 0}}, {"32761"}, {"32760"}},
	{SECTION_SEND, "type", "TRANSTYPE", NOWHERE,
	 0, NULL, {{"binary", 0}, {"B", 0}}, {"x"}, {"text", "T", "format", "F"}},
	{SECTION_SEND, "format", "FMTID", NOWHERE,
	 0, NULL, {{NULL, 0}}, {""}, {"fmt"}},
	{SECTION_SEND, "interface", "DBID", NOWHERE,
	 0, NULL, {{"none", 0}}, {"x"}, {"csv"}},
	{SECTION_SEND, "source_mode", "CLEAR", NOWHERE,
	 0, NULL, {{"keep", 0}, {"K", 0}}, {"x"}, {"clear", "C", "delete", "D", "lock", "L"}},
	{SECTION_SEND, "pre_job", "PREJOBID", AT(config_send, pre_job),
	 0, "", {{NULL, 0}}, {"", "a b"}, {"j"}},
	{SECTION_SEND, "success_job", "JOBID", AT(config_send, success_job),
	 0, "", {{NULL, 0}}, {"", "a b"}, {"j"}},
	{SECTION_SEND, "failure_job", "EJOBID", AT(config_send, failure_job),
	 0, "", {{NULL, 0}}, {"", "a b"}, {"j"}},
	{SECTION_SEND, "snapshot", NULL, NOWHERE,
	 0, NULL, {{"none", 0}}, {"x"}, {"reflink", "copy"}},
	{SECTION_SEND, "snapshot_dir", NULL, NOWHERE,
	 0, NULL, {{NULL, 0}}, {"", "x"}, {"/snap"}},
	{SECTION_SEND, "hosts", NULL, AT(config_send, host),
	 0, NULL, {{"h", 0}}, {"", "unknown", "h,h", "h,"}, {NULL}},

	{SECTION_RECEIVE, "mode", "TRANSMODE", AT(config_receive, mode),
	 TARGET_NEW, NULL, {{"new", TARGET_NEW}, {"replace", TARGET_REPLACE},
			    {"append", TARGET_APPEND}, {"N", TARGET_NEW}, {"R", TARGET_REPLACE},
			    {"M", TARGET_APPEND}}, {"x", "REPLACE", "A"}, {NULL}},
	{SECTION_RECEIVE, "receive_type", "RCVTYPE", NOWHERE,
	 0, NULL, {{"single", 0}, {"S", 0}}, {"x"}, {"multiple", "M"}},
	{SECTION_RECEIVE, "notify", "JOBWAIT", AT(config_receive, notify_job),
	 0, NULL, {{"transfer", 0}, {"T", 0}}, {"x"}, {"job", "J"}},
	{SECTION_RECEIVE, "on_failure", "ABNORMAL", AT(config_receive, on_failure),
	 ON_FAILURE_KEEP, NULL, {{"keep", ON_FAILURE_KEEP}, {"K", ON_FAILURE_KEEP},
				 {"delete", ON_FAILURE_DELETE}, {"D", ON_FAILURE_DELETE}},
	 {"x"}, {"restore", "R"}},
	{SECTION_RECEIVE, "generation", "GENCTL", NOWHERE,
	 0, NULL, {{"no", 0}, {"N", 0}}, {"x"}, {"yes", "Y"}},
	{SECTION_RECEIVE, "generation_max", "GENMNGNO", NOWHERE,
	 0, NULL, {{"0", 0}}, {"10000"}, {"2", "9999"}},
	{SECTION_RECEIVE, "verify", "DATAVERIFY", AT(config_receive, verify),
	 1, NULL, {{"no", 0}, {"yes", 1}, {"0", 0}, {"1", 1}}, {"x", "2"}, {"read-back"}},
	{SECTION_RECEIVE, "path", "FILENAME", AT(config_receive, path),
	 0, "", {{"/data/in/daily.dat", 0}}, {"", "daily.dat", "/data/in/", "/data/.."}, {NULL}},
	{SECTION_RECEIVE, "group", "GRPID", NOWHERE,
	 0, NULL, {{NULL, 0}}, {""}, {"g"}},
	{SECTION_RECEIVE, "success_job", "JOBID", AT(config_receive, success_job),
	 0, "", {{NULL, 0}}, {"", "a b"}, {"j"}},
	{SECTION_RECEIVE, "failure_job", "EJOBID", AT(config_receive, failure_job),
	 0, "", {{NULL, 0}}, {"", "a b"}, {"j"}},
	{SECTION_RECEIVE, "csv_separator", NULL, NOWHERE, 0, NULL, {{",", 0}}, {""}, {";"}},
	{SECTION_RECEIVE, "csv_quote", NULL, NOWHERE, 0, NULL, {{"\"", 0}}, {""}, {"'"}},
	{SECTION_RECEIVE, "csv_trim", NULL, NOWHERE, 0, NULL, {{"no", 0}}, {""}, {"yes"}},
	{SECTION_RECEIVE, "csv_blank_fields", NULL, NOWHERE, 0, NULL, {{"keep", 0}}, {""}, {"x"}},
	{SECTION_RECEIVE, "csv_zero_suppress", NULL, NOWHERE, 0, NULL, {{"no", 0}}, {""}, {"yes"}},
	{SECTION_RECEIVE, "csv_title", NULL, NOWHERE, 0, NULL, {{"no", 0}}, {""}, {"yes"}},
	{SECTION_RECEIVE, "csv_bad", NULL, NOWHERE, 0, NULL, {{"fail", 0}}, {""}, {"skip"}},
	{SECTION_RECEIVE, "folder", NULL, AT(config_receive, folder),
	 0, NULL, {{"/data/inbox", 0}, {"/", 0}}, {"", "inbox"}, {NULL}},
	{SECTION_RECEIVE, "owner", NULL, AT(config_receive, uid),
	 UINT32_MAX, NULL, {{"root", 0}, {"1000", 1000}, {"1000:7", 1000}, {"root:root", 0}},
	 {"", "no-such-user-here", "root:", "root:no-such-group-here", "4294967295"}, {NULL}},
	{SECTION_RECEIVE, "permissions", NULL, AT(config_receive, permissions),
	 0640, NULL, {{"0000", 0}, {"0777", 0777}, {"600", 0600}}, {"1000", "08", "rw"}, {NULL}},

	{SECTION_JOB, "command", NULL, AT(config_job, command),
	 0, NULL, {{"/usr/local/bin/notify-ops a b", 0}}, {"", "notify-ops"}, {NULL}},
	{SECTION_JOB, "timeout", NULL, AT(config_job, timeout_s),
	 0, NULL, {{"0", 0}, {"86400", 86400}}, {"86401"}, {NULL}},
	{SECTION_JOB, "user", NULL, AT(config_job, user),
	 0, "", {{"root", 0}}, {"", "no-such-user-here"}, {NULL}},
	{SECTION_JOB, "folder", NULL, AT(config_job, folder),
	 0, "/", {{"/tmp", 0}}, {"", "tmp"}, {NULL}},
};
/* clang-format on */

/* What stands before the key: a section that is complete without it. */
static const char *heading(enum config_section section, const char *name)
{
	switch (section) {
	case SECTION_ENGINE:
		return "[engine]\n";
	case SECTION_RETRY:
		return "[retry]\n";
	case SECTION_HOST:
		return strcmp(name, "fingerprint") == 0 ? "[host h]\n"
							: "[host h]\nfingerprint = " KEY_ONE "\n";
	case SECTION_SEND:
		return "[host h]\nfingerprint = " KEY_ONE "\n[send F]\n";
	case SECTION_RECEIVE:
		return strcmp(name, "path") == 0 || strcmp(name, "folder") == 0
			       ? "[receive F]\n"
			       : "[receive F]\nfolder = /in\n";
	case SECTION_JOB:
		return strcmp(name, "command") == 0 ? "[job j]\n"
						    : "[job j]\ncommand = /bin/true\n";
	}
	return "";
}

static void read_value(struct reading *reading, enum config_section section,
		       const struct key_case *test, const char *name, const char *value)
{
	char text[1024];

	(void)snprintf(text, sizeof(text), "%s%s = %s\n", heading(section, test->name), name,
		       value);
	read_text(reading, text);
}

static const void *record(const struct config *config, enum config_section section,
			  const struct key_case *test)
{
	bool retry = test->section == SECTION_RETRY;

	switch (section) {
	case SECTION_ENGINE:
		return retry ? (const void *)&config->engine.retry : &config->engine;
	case SECTION_RETRY:
		return &config->engine.retry;
	case SECTION_HOST:
		return retry ? (const void *)&config->host->retry : config->host;
	case SECTION_SEND:
		return config->send;
	case SECTION_RECEIVE:
		return config->receive;
	case SECTION_JOB:
		return config->job;
	}
	return NULL;
}

static uint64_t number_at(const void *record_start, const struct key_case *test)
{
	uint64_t number = 0;

	/* x86 and ARM as we run them are little-endian, as is what the fields are copied to. */
	memcpy(&number, (const uint8_t *)record_start + test->offset, test->bytes);
	return number;
}

static void expect_stored(const struct config *config, enum config_section section,
			  const struct key_case *test, const struct good *good)
{
	const void *start = record(config, section, test);

	if (test->bytes == 0)
		return;
	if (test->bytes <= sizeof(uint64_t))
		cr_expect_eq(number_at(start, test), good->number, "%s = %s gives %llu", test->name,
			     good->text, (unsigned long long)number_at(start, test));
	else if (!strchr(good->text, ',') && strncmp(good->text, "SHA256", 6) != 0 &&
		 strcmp(test->name, "hosts") != 0 && strcmp(test->name, "congestion") != 0)
		cr_expect_str_eq((const char *)start + test->offset, good->text, "%s", test->name);
}

static void try_case(enum config_section section, const struct key_case *test)
{
	struct reading reading;

	for (const struct good *good = test->good; good->text; good++) {
		read_value(&reading, section, test, test->name, good->text);
		cr_expect_eq(reading.result, 0, "%s", reading.all);
		if (reading.config)
			expect_stored(reading.config, section, test, good);
		reading_done(&reading);
	}
	for (unsigned i = 0; i < BAD_MAX && test->bad[i]; i++) {
		read_value(&reading, section, test, test->name, test->bad[i]);
		cr_expect_eq(reading.result, -22, "taken: %s = %s", test->name, test->bad[i]);
		cr_expect_not_null(strstr(reading.all, "allowed: "), "%s", reading.all);
		reading_done(&reading);
	}
	for (unsigned i = 0; i < BAD_MAX && test->later[i]; i++) {
		read_value(&reading, section, test, test->name, test->later[i]);
		cr_expect_eq(reading.result, -22, "taken: %s = %s", test->name, test->later[i]);
		cr_expect_not_null(strstr(reading.all, "not implemented in this version"),
				   "%s = %s: %s", test->name, test->later[i], reading.all);
		reading_done(&reading);
	}
}

Test(config_keys, every_key_takes_its_values_to_the_ends_of_the_range_and_no_others)
{
	HFT_RULE(D_269);
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		try_case(cases[i].section, &cases[i]);
		if (cases[i].section == SECTION_RETRY) {
			try_case(SECTION_ENGINE, &cases[i]);
			try_case(SECTION_HOST, &cases[i]);
		}
	}
}

Test(config_keys, every_key_has_its_default)
{
	struct reading reading;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const struct key_case *test = &cases[i];
		const void *start = NULL;
		char text[256];

		/* Keys that a section cannot be without have no default. */
		(void)snprintf(text, sizeof(text), "%s", heading(test->section, test->name));
		read_text(&reading, text);
		if (!reading.config)
			continue;
		start = record(reading.config, test->section, test);
		if (test->bytes > 0 && test->bytes <= sizeof(uint64_t))
			cr_expect_eq(number_at(start, test), test->preset, "%s is %llu", test->name,
				     (unsigned long long)number_at(start, test));
		else if (test->bytes > 0 && test->preset_text)
			cr_expect_str_eq((const char *)start + test->offset, test->preset_text,
					 "%s", test->name);
		reading_done(&reading);
	}
}

Test(config_keys, a_classic_name_in_any_letter_case_is_the_same_key)
{
	struct reading reading;

	HFT_RULE(D_268);
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const struct key_case *test = &cases[i];
		const char *value = test->good[0].text;

		if (!test->alias || !value)
			continue;
		read_value(&reading, test->section, test, test->alias, value);
		cr_expect_eq(reading.result, 0, "%s: %s", test->alias, reading.all);
		if (reading.config)
			expect_stored(reading.config, test->section, test, &test->good[0]);
		reading_done(&reading);
	}
}

static bool has_case(const struct config_key *key)
{
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		if ((key->sections & (uint32_t)cases[i].section) &&
		    strcmp(key->name, cases[i].name) == 0 &&
		    (key->alias != NULL) == (cases[i].alias != NULL))
			return true;
	}
	return false;
}

Test(config_keys, no_key_is_without_a_case)
{
	size_t count = 0;
	const struct config_key *keys = config_keys(&count);

	for (size_t i = 0; i < count; i++)
		cr_expect(has_case(&keys[i]), "%s has no case", keys[i].name);
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		cr_expect_not_null(config_key_find(cases[i].section, cases[i].name), "%s",
				   cases[i].name);
}

Test(config_keys, our_own_names_are_as_written)
{
	cr_expect_null(config_key_find(SECTION_ENGINE, "Send_Limit"));
	cr_expect_not_null(config_key_find(SECTION_ENGINE, "SNDPSNUM"));
	cr_expect_null(config_key_find(SECTION_ENGINE, "sndpsnu"));
	cr_expect_null(config_key_find(SECTION_ENGINE, "sndpsnumx"));
	cr_expect_null(config_key_find(SECTION_ENGINE, ""));
	cr_expect_null(config_key_find(SECTION_HOST, "sndpsnum"));
}

Test(config_keys, both_classic_names_of_one_key_are_known)
{
	const struct config_key *key = config_key_find(SECTION_RETRY, "retrycnt");

	cr_assert_not_null(key);
	cr_expect_eq(config_key_find(SECTION_RETRY, "RETRY"), key);
	cr_expect_eq(config_key_find(SECTION_HOST, "Retry"), key);
}

Test(config_keys, values_are_the_same_when_they_mean_the_same)
{
	const struct config_key *mode = config_key_find(SECTION_RECEIVE, "mode");
	const struct config_key *count = config_key_find(SECTION_ENGINE, "retrycnt");
	const struct config_key *path = config_key_find(SECTION_SEND, "path");

	cr_expect(config_value_same(mode, "R", "replace"));
	cr_expect_not(config_value_same(mode, "R", "new"));
	cr_expect(config_value_same(count, "05", "5"));
	cr_expect(config_value_same(path, "/a", "/a"));
	cr_expect_not(config_value_same(path, "/a", "/b"));
}

Test(config_keys, what_is_allowed_is_said_in_words)
{
	char text[256];

	cr_expect_str_eq(
		config_value_allowed(config_key_find(SECTION_RECEIVE, "mode"), text, sizeof(text)),
		"new, replace, append (classic N, R, M)");
	cr_expect_str_eq(
		config_value_allowed(config_key_find(SECTION_ENGINE, "movers"), text, sizeof(text)),
		"auto, or 1-256 (threads)");
	cr_expect_str_eq(config_value_allowed(config_key_find(SECTION_RECEIVE, "permissions"), text,
					      sizeof(text)),
			 "0000-0777, octal");
	cr_expect_str_eq(config_value_allowed(config_key_find(SECTION_ENGINE, "services"), text,
					      sizeof(text)),
			 "a list of send, receive, observe");
	/* Cut, and ended. */
	cr_expect_str_eq(config_value_allowed(config_key_find(SECTION_RECEIVE, "mode"), text, 5),
			 "new,");
}
