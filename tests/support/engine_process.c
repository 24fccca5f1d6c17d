/* SPDX-License-Identifier: Apache-2.0 */
/* engine_process.c -- see engine_process.h. */
#define _GNU_SOURCE /* nftw() */
#include "support/engine_process.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"

#define LOOK_MS		20   /* between looks at it */
#define START_LOOKS_MAX 1000 /* 20 s to get ready, on a machine that does much else */
#define END_LOOKS_MAX	1000
#define PATH_BYTES	128
#define LINE_BYTES	4096
#define SHOWN_BYTES	4000

static void engine_path(const struct engine_process *process, const char *name,
			char path[PATH_BYTES])
{
	int error = text_format(path, PATH_BYTES, "%s/%s", process->folder, name);

	assert(error == 0);
}

/* Where the program under test is; false when the path is too long for one. */
static bool engine_program(char path[PATH_MAX])
{
	const char *build = getenv("HFT_BUILD");

	return text_format(path, PATH_MAX, "%s/hft-engine", build ? build : "build/gcc") == 0;
}

bool engine_process_exists(void)
{
	char path[PATH_MAX];

	return engine_program(path) && access(path, X_OK) == 0;
}

/* ---- start ---- */

static struct sockaddr_in engine_address(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};

	address.sin_port = (in_port_t)__builtin_bswap16(port);
	address.sin_addr.s_addr = __builtin_bswap32(INADDR_LOOPBACK);
	return address;
}

/* A port nobody listens on now. */
static uint16_t engine_free_port(void)
{
	struct sockaddr_in address = engine_address(0);
	socklen_t bytes = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error = bind(fd, (struct sockaddr *)&address, sizeof(address));

	assert(error == 0);
	error = getsockname(fd, (struct sockaddr *)&address, &bytes);
	assert(error == 0);
	(void)close(fd);
	return __builtin_bswap16((uint16_t)address.sin_port);
}

static void engine_configure(const struct engine_process *process, const char *engine_keys,
			     const char *sections, const char *receive_keys)
{
	char path[PATH_BYTES];
	FILE *file = NULL;

	engine_path(process, "inbox", path);
	if (mkdir(path, 0700) < 0)
		abort();
	engine_path(process, "hft.conf", path);
	file = fopen(path, "w");
	assert(file);
	(void)fprintf(file,
		      "[engine]\nname = tokyo\nlisten = 127.0.0.1\nreceive_port = %u\n"
		      "services = send, receive\n%s\n%s\n[receive *]\nfolder = %s/inbox\n%s\n",
		      process->port, engine_keys, sections, process->folder, receive_keys);
	if (fclose(file) != 0)
		abort();
}

/* In the child: never comes back. */
static void engine_exec(const struct engine_process *process, pid_t parent)
{
	char config[PATH_BYTES];
	char state[PATH_BYTES];
	char socket_path[PATH_BYTES];
	char log[PATH_BYTES];
	char program[PATH_MAX];
	int fd = -1;

	engine_path(process, "hft.conf", config);
	engine_path(process, "state", state);
	engine_path(process, "control.sock", socket_path);
	engine_path(process, "log", log);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (!engine_program(program) || fd < 0 || dup2(fd, STDOUT_FILENO) < 0 ||
	    dup2(fd, STDERR_FILENO) < 0)
		_exit(127);
	/* However the test ends, the engine ends with it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(127);
	(void)execl(program, "hft-engine", "--config", config, "--state-dir", state, "--socket",
		    socket_path, (char *)NULL);
	_exit(127);
}

void engine_process_start(struct engine_process *process, const char *engine_keys,
			  const char *sections, const char *receive_keys)
{
	pid_t parent = getpid();
	bool ready = false;

	memset(process, 0, sizeof(*process));
	(void)snprintf(process->folder, sizeof(process->folder), "/var/tmp/hft-engine-XXXXXX");
	if (!mkdtemp(process->folder))
		abort();
	process->port = engine_free_port();
	engine_configure(process, engine_keys, sections, receive_keys);
	(void)fflush(stdout);
	process->pid = fork();
	assert(process->pid >= 0);
	if (process->pid == 0)
		engine_exec(process, parent);
	for (unsigned i = 0; i < START_LOOKS_MAX && !ready; i++) {
		if (!engine_process_runs(process))
			exit(1);
		ready = engine_process_log_count(process, "event=ready") > 0;
		if (!ready)
			(void)poll(NULL, 0, LOOK_MS);
	}
	if (ready)
		return;
	(void)printf("the engine does not get ready\n");
	engine_process_log_show(process);
	(void)engine_process_end(process);
	exit(1);
}

/* ---- end ---- */

static int engine_remove(const char *path, const struct stat *seen, int kind, struct FTW *where)
{
	(void)seen;
	(void)kind;
	(void)where;
	(void)remove(path);
	return 0;
}

static void engine_clean(struct engine_process *process)
{
	if (process->folder[0])
		(void)nftw(process->folder, engine_remove, 16, FTW_DEPTH | FTW_PHYS);
	process->folder[0] = '\0';
	process->pid = 0;
}

bool engine_process_runs(struct engine_process *process)
{
	int status = 0;

	if (waitpid(process->pid, &status, WNOHANG) == 0)
		return true;
	(void)printf("the engine has ended, status %#x\n", (unsigned)status);
	engine_process_log_show(process);
	engine_clean(process);
	return false;
}

int engine_process_end(struct engine_process *process)
{
	int status = 0;
	pid_t ended = 0;

	if (process->pid == 0)
		return -1;
	(void)kill(process->pid, SIGTERM);
	for (unsigned i = 0; i < END_LOOKS_MAX && ended == 0; i++) {
		ended = waitpid(process->pid, &status, WNOHANG);
		if (ended == 0)
			(void)poll(NULL, 0, LOOK_MS);
	}
	if (ended == 0) {
		(void)kill(process->pid, SIGKILL);
		(void)waitpid(process->pid, &status, 0);
	}
	engine_clean(process);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- looking at it ---- */

static uint64_t engine_status_kib(pid_t pid, const char *name)
{
	char path[PATH_BYTES];
	char line[LINE_BYTES];
	uint64_t kib = 0;
	size_t length = strlen(name);
	FILE *file = NULL;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	assert(file);
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, name, length) == 0)
			kib = strtoull(line + length, NULL, 10);
	}
	(void)fclose(file);
	assert(kib > 0);
	return kib;
}

static uint32_t engine_fd_count(pid_t pid)
{
	char path[PATH_BYTES];
	uint32_t count = 0;
	DIR *folder = NULL;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	folder = opendir(path);
	assert(folder);
	while (readdir(folder))
		count++;
	(void)closedir(folder);
	return count - 2; /* "." and ".." */
}

void engine_process_usage(const struct engine_process *process, struct engine_usage *ret_usage)
{
	ret_usage->resident_bytes = engine_status_kib(process->pid, "VmRSS:") * 1024;
	ret_usage->fd_count = engine_fd_count(process->pid);
}

uint32_t engine_process_log_count(const struct engine_process *process, const char *word)
{
	char path[PATH_BYTES];
	char line[LINE_BYTES];
	uint32_t count = 0;
	FILE *file = NULL;

	engine_path(process, "log", path);
	file = fopen(path, "r");
	if (!file)
		return 0; /* it has just been started */
	while (fgets(line, sizeof(line), file)) {
		if (strstr(line, word))
			count++;
	}
	(void)fclose(file);
	return count;
}

void engine_process_log_show(const struct engine_process *process)
{
	char path[PATH_BYTES];
	char text[SHOWN_BYTES];
	FILE *file = NULL;
	size_t count = 0;

	engine_path(process, "log", path);
	file = fopen(path, "r");
	if (!file)
		return;
	if (fseek(file, -(long)sizeof(text), SEEK_END) < 0)
		rewind(file);
	count = fread(text, 1, sizeof(text), file);
	(void)printf("-- the end of the engine's log:\n%.*s", (int)count, text);
	(void)fclose(file);
}
