/* SPDX-License-Identifier: Apache-2.0 */
/* doctor.c -- see doctor.h. One short function per subject, each asking the machine itself. */
#define _GNU_SOURCE 1 /* O_DIRECT, O_TMPFILE */

#include "daemon/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/parse.h"
#include "daemon/startup.h"
#include "host/fd.h"
#include "io/features.h"

#define KERNEL_MAJOR   6 /* what is tested with; kernel.md section 2 */
#define KERNEL_MINOR   1
#define NOFILE_WANTED  4096 /* a thousand sessions with two files and connections each */
#define DIRECT_BYTES   4096 /* what O_DIRECT asks for at most */
#define OWNER_BYTES    256  /* of the journal's owner line that are shown */
#define MEMLOCK_WANTED ((rlim_t)32 << 20) /* the buffers of one mover */

enum verdict {
	VERDICT_OK,
	VERDICT_DEGRADED,
	VERDICT_MISSING,
};

/* One visit. */
struct doctor {
	const struct arguments *arguments; /* what the engine would be started with */
	const struct config *config;	   /* NULL = it cannot be read */
	unsigned missing_count;		   /* lines of that verdict */
};

static void tell(struct doctor *doctor, enum verdict verdict, const char *name, const char *format,
		 ...) HFT_PRINTF(4, 5);

static void tell(struct doctor *doctor, enum verdict verdict, const char *name, const char *format,
		 ...)
{
	static const char *const words[] = {
		[VERDICT_OK] = "ok",
		[VERDICT_DEGRADED] = "degraded",
		[VERDICT_MISSING] = "missing",
	};
	va_list arguments;

	doctor->missing_count += verdict == VERDICT_MISSING;
	printf("%-9s %-16s ", words[verdict], name);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}

/* ---- kernel --------------------------------------------------------------------- */

/* The number at the start of the text; 0 when there is none. */
static uint64_t leading_number(const char *text)
{
	char digits[16] = "";
	size_t count = strspn(text, "0123456789");
	uint64_t number = 0;

	if (count == 0 || count >= sizeof(digits))
		return 0;
	memcpy(digits, text, count);
	return parse_u64(digits, &number) == 0 ? number : 0;
}

static void look_at_kernel(struct doctor *doctor)
{
	struct utsname own;
	const char *dot = NULL;
	uint64_t major = 0;
	uint64_t minor = 0;

	if (uname(&own) < 0) {
		tell(doctor, VERDICT_MISSING, "kernel", "cannot be asked: %s", strerror(errno));
		return;
	}
	dot = strchr(own.release, '.');
	major = leading_number(own.release);
	minor = dot ? leading_number(dot + 1) : 0;
	if (major > KERNEL_MAJOR || (major == KERNEL_MAJOR && minor >= KERNEL_MINOR))
		tell(doctor, VERDICT_OK, "kernel", "%s", own.release);
	else
		tell(doctor, VERDICT_DEGRADED, "kernel",
		     "%s; not tested with it, and slower where features are missing; Linux %d.%d "
		     "or newer",
		     own.release, KERNEL_MAJOR, KERNEL_MINOR);
}

/* What goes on without it. */
static const char *const feature_means[FEATURE_COUNT] = {
	[FEATURE_IO_URING] = "epoll and threads are used instead: more CPU for each byte",
	[FEATURE_SINGLE_ISSUER] = "a little more CPU for each operation",
	[FEATURE_DEFER_TASKRUN] = "completions interrupt the loop: a little more CPU",
	[FEATURE_COOP_TASKRUN] = "completions interrupt the loop: a little more CPU",
	[FEATURE_SUBMIT_ALL] = "a bad operation delays those behind it by a turn",
	[FEATURE_SEND_ZC] = "not used in this version",
	[FEATURE_RECV_ZC] = "not used in this version",
	[FEATURE_SPLICE] = "the start of a pipe is skipped by reading it",
	[FEATURE_FIXED_BUFFERS] = "pages are looked up for each operation: more CPU",
	[FEATURE_PIPE_1MIB] = "pipes are skipped in smaller pieces",
	[FEATURE_OPENAT2] = "received names cannot be opened safely: nothing can be received",
	[FEATURE_STATX_DIOALIGN] = "4096 bytes are taken as alignment of O_DIRECT",
};

static bool feature_is_idle(enum feature_id id)
{
	return id == FEATURE_SEND_ZC || id == FEATURE_RECV_ZC;
}

static enum verdict feature_verdict(const struct doctor *doctor, enum feature_id id)
{
	if (id == FEATURE_OPENAT2)
		return VERDICT_MISSING;
	if (id == FEATURE_IO_URING && doctor->config &&
	    doctor->config->engine.io_engine == CONFIG_IO_URING)
		return VERDICT_MISSING;
	return VERDICT_DEGRADED;
}

static void look_at_features(struct doctor *doctor)
{
	struct features features;

	features_probe(&features);
	for (unsigned i = 0; i < FEATURE_COUNT; i++) {
		const struct feature *feature = &features.list[i];

		if (feature->available || feature_is_idle(i))
			tell(doctor, VERDICT_OK, feature->name, "%s%s%s", feature->reason,
			     feature_is_idle(i) ? "; " : "",
			     feature_is_idle(i) ? feature_means[i] : "");
		else
			tell(doctor, feature_verdict(doctor, i), feature->name, "%s; %s; %s",
			     feature->reason, feature_means[i], feature->remedy);
	}
}

static void look_at_later_features(struct doctor *doctor)
{
	tell(doctor, VERDICT_OK, "ktls", "not used in this version");
	tell(doctor, VERDICT_OK, "bpf", "not used in this version");
}

/* ---- limits ------------------------------------------------------------------------ */

static void look_at_descriptors(struct doctor *doctor)
{
	struct rlimit limit = {0};

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max >= NOFILE_WANTED)
		tell(doctor, VERDICT_OK, "nofile", "up to %llu descriptors",
		     (unsigned long long)limit.rlim_max);
	else
		tell(doctor, VERDICT_DEGRADED, "nofile",
		     "up to %llu descriptors; fewer transfers at once; a higher hard limit "
		     "(LimitNOFILE=65536)",
		     (unsigned long long)limit.rlim_max);
}

static void look_at_locked_memory(struct doctor *doctor)
{
	struct rlimit limit = {0};

	(void)getrlimit(RLIMIT_MEMLOCK, &limit);
	if (geteuid() == 0 || limit.rlim_cur == RLIM_INFINITY)
		tell(doctor, VERDICT_OK, "memlock", "no limit on locked memory");
	else if (limit.rlim_cur >= MEMLOCK_WANTED)
		tell(doctor, VERDICT_OK, "memlock", "%llu KiB of locked memory",
		     (unsigned long long)limit.rlim_cur >> 10);
	else
		tell(doctor, VERDICT_DEGRADED, "memlock",
		     "%llu KiB of locked memory; not all buffers can be registered: more CPU; a "
		     "higher limit (LimitMEMLOCK=1G)",
		     (unsigned long long)limit.rlim_cur >> 10);
}

/* ---- files --------------------------------------------------------------------------- */

static void look_at_config(struct doctor *doctor, const char *sentence, bool missing)
{
	const char *path = doctor->arguments->config_path;

	if (!doctor->config)
		tell(doctor, VERDICT_MISSING, "configuration",
		     "%s; the engine does not start; "
		     "`hft-engine --check` says where",
		     sentence);
	else if (missing)
		tell(doctor, VERDICT_DEGRADED, "configuration",
		     "%s is not there; no hosts, so nothing can be sent or received; see "
		     "hft.conf(5)",
		     path);
	else
		tell(doctor, VERDICT_OK, "configuration", "%s: %u hosts", path,
		     doctor->config->host_count);
}

static bool look_at_state_folder(struct doctor *doctor)
{
	const char *path = doctor->arguments->state_folder;
	struct stat status;

	if (stat(path, &status) < 0 && errno == ENOENT) {
		tell(doctor, VERDICT_OK, "state-folder", "%s: not there yet, the engine makes it",
		     *path ? path : "none");
		return false;
	}
	if (access(path, R_OK | W_OK | X_OK) < 0) {
		tell(doctor, VERDICT_MISSING, "state-folder",
		     "%s: %s; the engine does not start; run it as the owner, or name another "
		     "with --state-dir",
		     path, strerror(errno));
		return false;
	}
	if (status.st_mode & 0077)
		tell(doctor, VERDICT_DEGRADED, "state-folder",
		     "%s: mode %04o; others may look at names of transfers; chmod 0700", path,
		     status.st_mode & 07777);
	else
		tell(doctor, VERDICT_OK, "state-folder", "%s", path);
	return true;
}

/* Writes one block around the page cache into a file that has no name. */
static int try_direct(const char *folder)
{
	int fd = open(folder, O_TMPFILE | O_RDWR | O_DIRECT | O_CLOEXEC, 0600);
	void *block = NULL;
	int error = fd < 0 ? -errno : 0;

	if (error == 0)
		block = aligned_alloc(DIRECT_BYTES, DIRECT_BYTES);
	if (error == 0 && !block)
		error = -ENOMEM;
	if (error == 0) {
		memset(block, 0, DIRECT_BYTES);
		if (pwrite(fd, block, DIRECT_BYTES, 0) != DIRECT_BYTES)
			error = -errno;
	}
	free(block);
	fd_close(&fd);
	return error;
}

static void look_at_direct(struct doctor *doctor)
{
	const char *path = doctor->arguments->state_folder;
	int error = try_direct(path);

	if (error == 0)
		tell(doctor, VERDICT_OK, "o_direct", "works in %s", path);
	else
		tell(doctor, VERDICT_DEGRADED, "o_direct",
		     "%s in %s; files go through the page cache: more CPU and memory; a file "
		     "system that has it (ext4, xfs)",
		     strerror(-error), path);
}

/* Who has, or had, the journal: the line beside it. */
static void read_owner(const struct arguments *arguments, char owner[OWNER_BYTES])
{
	char path[HFT_PATH_BYTES];
	ssize_t count = -1;
	int fd = -1;

	owner[0] = '\0';
	if (startup_state_path(arguments, "journal.db.owner", path) < 0)
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		count = read(fd, owner, OWNER_BYTES - 1);
	owner[count > 0 ? count : 0] = '\0';
	owner[strcspn(owner, "\n")] = '\0';
	fd_close(&fd);
}

static void look_at_journal(struct doctor *doctor)
{
	char path[HFT_PATH_BYTES];
	char owner[OWNER_BYTES];
	struct stat status;

	if (startup_state_path(doctor->arguments, "journal.db", path) < 0)
		return;
	read_owner(doctor->arguments, owner);
	if (stat(path, &status) < 0 && errno == ENOENT)
		tell(doctor, VERDICT_OK, "journal", "not there yet, the engine makes it");
	else if (access(path, R_OK | W_OK) < 0)
		tell(doctor, VERDICT_MISSING, "journal",
		     "%s: %s; the engine does not start; run it as the owner (uid %u)", path,
		     strerror(errno), status.st_uid);
	else
		tell(doctor, VERDICT_OK, "journal", "%lld KiB, of uid %u; owner: %s",
		     (long long)status.st_size >> 10, status.st_uid, *owner ? owner : "none");
}

static void look_at_identity(struct doctor *doctor)
{
	char path[HFT_PATH_BYTES];

	if (startup_state_path(doctor->arguments, "identity.pem", path) < 0)
		return;
	if (access(path, R_OK) == 0)
		tell(doctor, VERDICT_OK, "identity", "%s; `hft identity` shows it", path);
	else if (errno == ENOENT)
		tell(doctor, VERDICT_OK, "identity", "not there yet, the engine makes it");
	else
		tell(doctor, VERDICT_MISSING, "identity",
		     "%s: %s; the engine does not start; run it as its owner", path,
		     strerror(errno));
}

int doctor_show(const struct arguments *arguments)
{
	struct doctor doctor = {.arguments = arguments};
	char sentence[HFT_SENTENCE_BYTES] = "";
	struct config *config = NULL;
	bool missing = false;

	if (startup_config(arguments, NULL, NULL, &config, &missing, sentence) == 0)
		doctor.config = config;
	look_at_kernel(&doctor);
	look_at_features(&doctor);
	look_at_later_features(&doctor);
	look_at_descriptors(&doctor);
	look_at_locked_memory(&doctor);
	look_at_config(&doctor, sentence, missing);
	if (look_at_state_folder(&doctor)) {
		look_at_direct(&doctor);
		look_at_journal(&doctor);
		look_at_identity(&doctor);
	}
	config_free(config);
	return doctor.missing_count > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
