/* SPDX-License-Identifier: Apache-2.0 */
/* config_keys.c -- see config_keys.h. The order is that of domain.md section 16. */
#include "daemon/config_keys.h"

#include <string.h>
#include <strings.h>

#include "daemon/config.h"

#define IN_ENGINE	    SECTION_ENGINE
#define IN_RETRY	    (SECTION_ENGINE | SECTION_RETRY | SECTION_HOST)
#define IN_SEND_AND_RECEIVE (SECTION_SEND | SECTION_RECEIVE)

/* Where a field is and how large it is. */
#define AT(owner, field) \
	.offset = offsetof(struct owner, field), .bytes = sizeof(((struct owner *)0)->field)
#define AT_ENGINE(field)  AT(config_engine, field)
#define AT_RETRY(field)	  AT(config_retry, field)
#define AT_HOST(field)	  AT(config_host, field)
#define AT_SEND(field)	  AT(config_send, field)
#define AT_RECEIVE(field) AT(config_receive, field)
#define AT_JOB(field)	  AT(config_job, field)

/* Tables, which read better with their columns. */
/* clang-format off */

static const struct config_word yes_no[] = {
	{"yes", 1, false, false}, {"no", 0, false, false},
	{"Y", 1, true, false}, {"N", 0, true, false},
	{"1", 1, true, false}, {"0", 0, true, false}, {0},
};

/* The same for what is not implemented: yes is refused. */
static const struct config_word only_no[] = {
	{"yes", 1, false, true}, {"no", 0, false, false},
	{"Y", 1, true, true}, {"N", 0, true, false},
	{"1", 1, true, true}, {"0", 0, true, false}, {0},
};

/* And here no is. */
static const struct config_word only_yes[] = {
	{"yes", 1, false, false}, {"no", 0, false, true},
	{"Y", 1, true, false}, {"N", 0, true, true},
	{"1", 1, true, false}, {"0", 0, true, true}, {0},
};

static const struct config_word resend_reset_words[] = {
	{"never", 0, false, false}, {"on-progress", 1, false, true}, {0},
};

static const struct config_word reconnect_words[] = {
	{"off", 0, false, false}, {"on-sign", 1, false, true}, {0},
};

static const struct config_word slot_words[] = {
	{"transfer", 0, false, false}, {"job", 1, false, true}, {0},
};

static const struct config_word failure_job_words[] = {
	{"last", 0, false, false}, {"each", 1, false, true}, {0},
};

static const struct config_word resend_delete_words[] = {
	{"none", 0, false, true}, {"file-id", 1, false, true},
	{"file-id+host", 2, false, true}, {"file-id+host+path", 3, false, false}, {0},
};

static const struct config_word resume_words[] = {
	{"fallback", 0, false, false}, {"strict", 1, false, false}, {0},
};

static const struct config_word group_check_words[] = {
	{"no", 0, false, true}, {"if-set", 1, false, false}, {"always", 2, false, true},
	{"0", 0, true, true}, {"1", 1, true, false}, {"2", 2, true, true}, {0},
};

static const struct config_word locked_target_words[] = {
	{"fail", 0, false, false}, {"wait", 1, false, true},
	{"0", 0, true, false}, {"1", 1, true, true}, {0},
};

static const struct config_word service_words[] = {
	{"send", SERVICE_SEND, false, false}, {"receive", SERVICE_RECEIVE, false, false},
	{"observe", SERVICE_OBSERVE, false, false}, {0},
};

static const struct config_word io_engine_words[] = {
	{"auto", CONFIG_IO_AUTO, false, false}, {"uring", CONFIG_IO_URING, false, false},
	{"epoll", CONFIG_IO_EPOLL, false, false}, {0},
};

static const struct config_word security_words[] = {
	{"tls", 0, false, false}, {"plain", 1, false, false}, {0},
};

static const struct config_word type_words[] = {
	{"text", 0, false, true}, {"binary", 1, false, false}, {"format", 2, false, true},
	{"T", 0, true, true}, {"B", 1, true, false}, {"F", 2, true, true}, {0},
};

static const struct config_word interface_words[] = {
	{"none", 0, false, false}, {"csv", 1, false, true}, {0},
};

static const struct config_word source_words[] = {
	{"keep", 0, false, false}, {"clear", 1, false, true},
	{"delete", 2, false, true}, {"lock", 3, false, true},
	{"K", 0, true, false}, {"C", 1, true, true}, {"D", 2, true, true},
	{"L", 3, true, true}, {0},
};

static const struct config_word snapshot_words[] = {
	{"none", 0, false, false}, {"reflink", 1, false, true}, {"copy", 2, false, true}, {0},
};

static const struct config_word mode_words[] = {
	{"new", TARGET_NEW, false, false}, {"replace", TARGET_REPLACE, false, false},
	{"append", TARGET_APPEND, false, false},
	{"N", TARGET_NEW, true, false}, {"R", TARGET_REPLACE, true, false},
	{"M", TARGET_APPEND, true, false}, {0},
};

static const struct config_word receive_type_words[] = {
	{"single", 0, false, false}, {"multiple", 1, false, true},
	{"S", 0, true, false}, {"M", 1, true, true}, {0},
};

static const struct config_word notify_words[] = {
	{"transfer", 0, false, false}, {"job", 1, false, true},
	{"T", 0, true, false}, {"J", 1, true, true}, {0},
};

static const struct config_word on_failure_words[] = {
	{"delete", ON_FAILURE_DELETE, false, false}, {"keep", ON_FAILURE_KEEP, false, false},
	{"restore", ON_FAILURE_RESTORE, false, true},
	{"D", ON_FAILURE_DELETE, true, false}, {"K", ON_FAILURE_KEEP, true, false},
	{"R", ON_FAILURE_RESTORE, true, true}, {0},
};

static const struct config_word verify_words[] = {
	{"no", 0, false, false}, {"yes", 1, false, false}, {"read-back", 2, false, true},
	{"0", 0, true, false}, {"1", 1, true, false}, {0},
};

static const struct config_key keys[] = {
	/* Retry: [engine], [retry] and [host NAME]. */
	{"connect_retry_interval", "retrytime", IN_RETRY, KIND_NUMBER, "20", 0, 9999,
	 .unit = "s", AT_RETRY(retry_interval_s)},
	{"connect_retry_count", "retrycnt retry", IN_RETRY, KIND_NUMBER, "5", 0, 9999,
	 .unit = "times", AT_RETRY(retry_count)},
	{"auto_resend_count", "sockerr_autoretry", IN_RETRY, KIND_NUMBER, "3", 0, 9999,
	 .unit = "times", AT_RETRY(auto_resend_count)},
	{"socket_timeout", "socktime", IN_RETRY, KIND_NUMBER, "3600", 10, 259200,
	 .unit = "s", AT_RETRY(socket_timeout_s)},
	{"connect_timeout", NULL, IN_RETRY, KIND_NUMBER, "10", 1, 300,
	 .unit = "s", AT_RETRY(connect_timeout_s)},
	{"dead_after", NULL, IN_RETRY, KIND_NUMBER, "2000", 50, 60000,
	 .unit = "ms", AT_RETRY(dead_after_ms)},
	{"stuck_after", NULL, IN_RETRY, KIND_NUMBER, "30000", 1000, 3600000,
	 .unit = "ms", .later = true, AT_RETRY(stuck_after_ms)},
	{"retry_on_busy", "rcvover_rty", IN_RETRY, KIND_WORD, "yes",
	 .words = yes_no, AT_RETRY(retry_on_busy)},
	{"auto_resend_reset", NULL, IN_RETRY, KIND_WORD, "never",
	 .words = resend_reset_words, AT_RETRY(auto_resend_on_progress)},
	{"early_reconnect", NULL, IN_RETRY, KIND_WORD, "off",
	 .words = reconnect_words, AT_RETRY(early_reconnect)},

	/* [engine] */
	{"send_limit", "sndpsnum", IN_ENGINE, KIND_NUMBER, "10", 1, 9999,
	 .unit = "transfers", AT_ENGINE(send_limit)},
	{"receive_limit", "rcvpsnum", IN_ENGINE, KIND_NUMBER, "0", 0, 9999,
	 .unit = "transfers, 0 = no limit", AT_ENGINE(receive_limit)},
	{"slot_until", "sndpsend", IN_ENGINE, KIND_WORD, "transfer",
	 .words = slot_words, AT_ENGINE(slot_until_job)},
	{"failure_job_when", NULL, IN_ENGINE, KIND_WORD, "last",
	 .words = failure_job_words, AT_ENGINE(failure_job_each)},
	{"resend_delete", "resenddel", IN_ENGINE, KIND_WORD, "file-id+host+path",
	 .words = resend_delete_words},
	{"resume", NULL, IN_ENGINE, KIND_WORD, "fallback",
	 .words = resume_words, AT_ENGINE(resume_strict)},
	{"resume_check", NULL, IN_ENGINE, KIND_NUMBER, "2", 0, UINT32_MAX - 1,
	 .word = "all", .word_value = UINT32_MAX, .unit = "chunks", AT_ENGINE(resume_check)},
	{"job_wait_timeout", "jobwtimeout", IN_ENGINE, KIND_NUMBER, "3600", 0, 86400,
	 .unit = "s, 0 = no limit", .later = true},
	{"group_check", "tgrpchk", IN_ENGINE, KIND_WORD, "1", .words = group_check_words},
	{"locked_target", "rcvfilewait", IN_ENGINE, KIND_WORD, "fail",
	 .words = locked_target_words},
	{"dynamic_send", "dynparam", IN_ENGINE, KIND_WORD, "yes",
	 .words = only_yes, AT_ENGINE(dynamic_send)},
	{"receive_port", "rcvport", IN_ENGINE, KIND_NUMBER, "30000", 0, 65535,
	 .unit = "0 = any free port", AT_ENGINE(receive_port)},
	{"observe_port", "obsport", IN_ENGINE, KIND_NUMBER, "31000", 0, 65535,
	 .unit = "0 = any free port", AT_ENGINE(observe_port)},
	{"name", "myhostname", IN_ENGINE, KIND_NAME, NULL, AT_ENGINE(name)},
	{"send_buffer", "sndsocksize", IN_ENGINE, KIND_RATE, "0", 4096, UINT32_MAX,
	 .unit = "bytes, 0 = the system's", .later = true},
	{"receive_buffer", "rcvsocksize", IN_ENGINE, KIND_RATE, "0", 4096, UINT32_MAX,
	 .unit = "bytes, 0 = the system's", .later = true},
	{"partial_keep", NULL, IN_ENGINE, KIND_NUMBER, "7", 0, 9999,
	 .unit = "days, 0 = for ever", AT_ENGINE(partial_keep_days)},
	{"complete_keep", NULL, IN_ENGINE, KIND_NUMBER, "7", 1, 9999,
	 .unit = "days", AT_ENGINE(complete_keep_days)},
	{"ready_on_start", NULL, IN_ENGINE, KIND_WORD, "no",
	 .words = only_no, AT_ENGINE(ready_on_start)},
	{"listen", NULL, IN_ENGINE, KIND_LISTEN, "0.0.0.0, ::", AT_ENGINE(listen)},
	{"services", NULL, IN_ENGINE, KIND_SERVICES, "send, receive, observe",
	 .words = service_words, AT_ENGINE(services)},
	{"probe_port", NULL, IN_ENGINE, KIND_NUMBER, "30000", 0, 65535,
	 .unit = "0 = any free port", AT_ENGINE(probe_port)},
	{"io_engine", NULL, IN_ENGINE, KIND_WORD, "auto",
	 .words = io_engine_words, AT_ENGINE(io_engine)},
	{"zero_copy", NULL, IN_ENGINE, KIND_WORD, "yes",
	 .words = yes_no, AT_ENGINE(zero_copy)},
	{"movers", NULL, IN_ENGINE, KIND_NUMBER, "auto", 1, HFT_MOVERS_MAX,
	 .word = "auto", .word_value = 0, .unit = "threads", AT_ENGINE(movers)},
	{"buffer_pool", NULL, IN_ENGINE, KIND_NUMBER, "32", 16, 1024,
	 .unit = "MiB for each mover", AT_ENGINE(buffer_pool_mib)},
	{"control_group", NULL, IN_ENGINE, KIND_NAME, "hft", AT_ENGINE(control_group)},
	{"replicate", NULL, IN_ENGINE, KIND_ID, NULL, .later = true},

	/* [host NAME] */
	{"host_send_limit", "hostspsnum", SECTION_HOST, KIND_NUMBER, "0", 0, 9999,
	 .unit = "transfers, 0 = no limit of its own", AT_HOST(send_limit)},
	{"allow_requests", "sendpermit", SECTION_HOST, KIND_WORD, "yes",
	 .words = yes_no, AT_HOST(allow_requests)},
	{"receive_port", "rcvport", SECTION_HOST, KIND_NUMBER, "30000", 1, 65535,
	 AT_HOST(receive_port)},
	{"observe_port", "reqport", SECTION_HOST, KIND_NUMBER, "31000", 1, 65535,
	 AT_HOST(observe_port)},
	{"address", NULL, SECTION_HOST, KIND_ADDRESSES, NULL, AT_HOST(address)},
	{"fingerprint", NULL, SECTION_HOST, KIND_FINGERPRINTS, NULL, AT_HOST(fingerprint)},
	{"security", NULL, SECTION_HOST, KIND_WORD, "tls",
	 .words = security_words, AT_HOST(plain)},
	{"lanes", NULL, SECTION_HOST, KIND_NUMBER, "auto", 1, HFT_LANES_MAX,
	 .word = "auto", .word_value = 0, .unit = "connections", AT_HOST(lanes)},
	{"congestion", NULL, SECTION_HOST, KIND_TEXT, "system", .later = true},
	{"limit_rate", NULL, SECTION_HOST, KIND_RATE, "0", 1024, UINT64_MAX,
	 .unit = "bytes a second, 0 = none", AT_HOST(limit_rate_bytes)},

	/* [send FILEID] */
	{"path", "filename", SECTION_SEND, KIND_PATH, NULL, AT_SEND(path)},
	{"group", "grpid", IN_SEND_AND_RECEIVE, KIND_ID, NULL, .later = true},
	{"priority", "transprty", SECTION_SEND, KIND_NUMBER, "50", 1, 256, AT_SEND(priority)},
	{"interval", "interval", SECTION_SEND, KIND_NUMBER, "0", 0, 32760,
	 .unit = "ms", .later = true},
	{"type", "transtype", SECTION_SEND, KIND_WORD, "binary", .words = type_words},
	{"format", "fmtid", SECTION_SEND, KIND_ID, NULL, .later = true},
	{"interface", "dbid", SECTION_SEND, KIND_WORD, "none", .words = interface_words},
	{"source_mode", "clear", SECTION_SEND, KIND_WORD, "keep", .words = source_words},
	{"pre_job", "prejobid", SECTION_SEND, KIND_ID, NULL, .later = true},
	{"success_job", "jobid", SECTION_SEND, KIND_ID, NULL, .later = true},
	{"failure_job", "ejobid", SECTION_SEND, KIND_ID, NULL, .later = true},
	{"snapshot", NULL, SECTION_SEND, KIND_WORD, "none", .words = snapshot_words},
	{"snapshot_dir", NULL, SECTION_SEND, KIND_PATH, NULL, .later = true},
	{"hosts", NULL, SECTION_SEND, KIND_HOSTS, NULL, AT_SEND(host)},

	/* [receive FILEID] */
	{"mode", "transmode", SECTION_RECEIVE, KIND_WORD, "new",
	 .words = mode_words, AT_RECEIVE(mode)},
	{"receive_type", "rcvtype", SECTION_RECEIVE, KIND_WORD, "single",
	 .words = receive_type_words},
	{"notify", "jobwait", SECTION_RECEIVE, KIND_WORD, "transfer",
	 .words = notify_words, AT_RECEIVE(notify_job)},
	{"on_failure", "abnormal", SECTION_RECEIVE, KIND_WORD, "keep",
	 .words = on_failure_words, AT_RECEIVE(on_failure)},
	{"generation", "genctl", SECTION_RECEIVE, KIND_WORD, "no", .words = only_no},
	{"generation_max", "genmngno", SECTION_RECEIVE, KIND_NUMBER, "0", 0, 9999,
	 .unit = "generations, 0 = 9999", .later = true},
	{"verify", "dataverify", SECTION_RECEIVE, KIND_VERIFY, "yes",
	 .words = verify_words, AT_RECEIVE(verify)},
	{"path", "filename", SECTION_RECEIVE, KIND_PATH, NULL, AT_RECEIVE(path)},
	{"success_job", "jobid", SECTION_RECEIVE, KIND_ID, NULL, .later = true},
	{"failure_job", "ejobid", SECTION_RECEIVE, KIND_ID, NULL, .later = true},
	{"csv_separator", NULL, SECTION_RECEIVE, KIND_TEXT, ",", .later = true},
	{"csv_quote", NULL, SECTION_RECEIVE, KIND_TEXT, "\"", .later = true},
	{"csv_trim", NULL, SECTION_RECEIVE, KIND_TEXT, "no", .later = true},
	{"csv_blank_fields", NULL, SECTION_RECEIVE, KIND_TEXT, "keep", .later = true},
	{"csv_zero_suppress", NULL, SECTION_RECEIVE, KIND_TEXT, "no", .later = true},
	{"csv_title", NULL, SECTION_RECEIVE, KIND_TEXT, "no", .later = true},
	{"csv_bad", NULL, SECTION_RECEIVE, KIND_TEXT, "fail", .later = true},
	{"folder", NULL, SECTION_RECEIVE, KIND_PATH, NULL, AT_RECEIVE(folder)},
	{"owner", NULL, SECTION_RECEIVE, KIND_OWNER, NULL, AT_RECEIVE(uid)},
	{"permissions", NULL, SECTION_RECEIVE, KIND_OCTAL, "0640", 0, 0777,
	 AT_RECEIVE(permissions)},

	/* [job ID] */
	{"command", NULL, SECTION_JOB, KIND_COMMAND, NULL, AT_JOB(command)},
	{"timeout", NULL, SECTION_JOB, KIND_NUMBER, "0", 0, 86400,
	 .unit = "s, 0 = no limit", AT_JOB(timeout_s)},
	{"user", NULL, SECTION_JOB, KIND_USER, NULL, AT_JOB(user)},
	{"folder", NULL, SECTION_JOB, KIND_PATH, "/", AT_JOB(folder)},
};

/* clang-format on */

const struct config_key *config_keys(size_t *ret_count)
{
	assert(ret_count);

	*ret_count = ARRAY_COUNT(keys);
	return keys;
}

static bool key_has_alias(const struct config_key *key, const char *name)
{
	size_t length = strlen(name);
	const char *at = key->alias;

	while (at && length > 0) {
		if (strncasecmp(at, name, length) == 0 && (at[length] == ' ' || at[length] == '\0'))
			return true;
		at = strchr(at, ' ');
		if (at)
			at++;
	}
	return false;
}

const struct config_key *config_key_find(enum config_section section, const char *name)
{
	assert(name);

	for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
		const struct config_key *key = &keys[i];

		if ((key->sections & (uint32_t)section) &&
		    (strcmp(key->name, name) == 0 || key_has_alias(key, name)))
			return key;
	}
	return NULL;
}

const char *config_section_word(enum config_section section)
{
	switch (section) {
	case SECTION_ENGINE:
		return "engine";
	case SECTION_RETRY:
		return "retry";
	case SECTION_HOST:
		return "host";
	case SECTION_SEND:
		return "send";
	case SECTION_RECEIVE:
		return "receive";
	case SECTION_JOB:
		return "job";
	}
	return "?";
}
