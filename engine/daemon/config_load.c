/* SPDX-License-Identifier: Apache-2.0 */
/* config_load.c -- config_load() and config_parse() of config.h: files in, config out.
 *
 * Why no library reads the lines: the INI reader of the distribution cuts lines at 200 bytes and
 * section names at 49, and takes an indented line for a part of the one before, all silently; and
 * it does not tell line numbers. See config_text.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "daemon/config.h"
#include "daemon/config_build.h"
#include "daemon/config_findings.h"
#include "daemon/config_source.h"
#include "host/fd.h"

#define READ_STEP_BYTES 65536

/* One reading of a configuration. */
struct load {
	struct config_findings *findings; /* told at the end */
	struct config_source *source;	  /* what the files say */
};

static void load_done(struct load *load)
{
	config_source_free(load->source);
	config_findings_free(load->findings);
}

static int load_init(struct load *load)
{
	int error = config_findings_new(&load->findings);

	if (error == 0)
		error = config_source_new(load->findings, &load->source);
	return error;
}

/* All files were read: builds, tells, and decides. */
static int load_end(struct load *load, config_finding_fn found, void *arg,
		    struct config **ret_config)
{
	struct config *config = NULL;
	int error = config_new(&config);

	if (error == 0)
		error = config_build(load->source, config);
	if (error < 0) {
		config_free(config);
		return error;
	}
	config_findings_tell(load->findings, found, arg);
	if (load->findings->error_count > 0) {
		config_free(config);
		return -EINVAL;
	}
	*ret_config = config;
	return 0;
}

/* Reads until the end or the limit, so that a pipe is as good as a file. */
static int read_all(int fd, char **ret_text, size_t *ret_bytes)
{
	char *text = NULL;
	char *grown = NULL;
	size_t room = 0;
	size_t used = 0;
	ssize_t count = 1;

	while (count > 0 && used <= HFT_CONFIG_FILE_BYTES_MAX) {
		if (room - used < READ_STEP_BYTES) {
			room = room * 2 + READ_STEP_BYTES;
			grown = realloc(text, room);
			if (!grown)
				break;
			text = grown;
		}
		count = read(fd, text + used, READ_STEP_BYTES);
		if (count > 0)
			used += (size_t)count;
	}
	if (count != 0) {
		int error = count < 0 ? -errno : !grown ? -ENOMEM : -EFBIG;

		free(text);
		return error;
	}
	*ret_text = text;
	*ret_bytes = used;
	return 0;
}

static int load_file(struct load *load, const char *path)
{
	char *text = NULL;
	size_t bytes = 0;
	uint32_t file = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int error = fd < 0 ? -errno : 0;

	if (error == 0)
		error = read_all(fd, &text, &bytes);
	if (error == 0)
		error = config_findings_file(load->findings, path, &file);
	if (error == 0)
		error = config_source_read(load->source, file, text, bytes);
	free(text);
	fd_close(&fd);
	return error;
}

static int is_fragment(const struct dirent *entry)
{
	size_t count = strlen(entry->d_name);

	return count > 5 && entry->d_name[0] != '.' &&
	       strcmp(entry->d_name + count - 5, ".conf") == 0;
}

/* By bytes, whatever the locale says. */
static int by_name(const struct dirent **one, const struct dirent **other)
{
	return strcmp((*one)->d_name, (*other)->d_name);
}

static int load_fragment(struct load *load, const char *folder, const char *name)
{
	struct config_place place = {0, 0};
	char path[HFT_PATH_BYTES];
	int error = text_format(path, sizeof(path), "%s/%s", folder, name);

	if (error == 0)
		error = load_file(load, path);
	if (error == 0 || error == -ENOMEM)
		return error;
	if (config_findings_file(load->findings, path, &place.file) < 0)
		place.file = 0;
	config_findings_add(load->findings, place, true, "cannot read %s: %s", name,
			    strerror(-error));
	return 0;
}

static int load_fragments(struct load *load, const char *path)
{
	const char *slash = strrchr(path, '/');
	int directory_bytes = slash ? (int)(slash - path) + 1 : 0;
	char folder[HFT_PATH_BYTES];
	struct dirent **list = NULL;
	struct config_place place = {0, 0};
	int error = text_format(folder, sizeof(folder), "%.*sconf.d", directory_bytes, path);
	int count = 0;

	if (error < 0)
		return error;
	count = scandir(folder, &list, is_fragment, by_name);
	if (count < 0 && errno != ENOENT && errno != ENOTDIR)
		config_findings_add(load->findings, place, true, "cannot read %s: %s", folder,
				    strerror(errno));
	for (int i = 0; i < count; i++) {
		if (error == 0)
			error = load_fragment(load, folder, list[i]->d_name);
		free(list[i]);
	}
	free(list);
	return error;
}

int config_load(const char *path, config_finding_fn found, void *arg, struct config **ret_config)
{
	struct load load = {0};
	int error = load_init(&load);

	if (error == 0)
		error = load_file(&load, path);
	if (error == 0)
		error = load_fragments(&load, path);
	if (error == 0)
		error = load_end(&load, found, arg, ret_config);
	load_done(&load);
	return error;
}

int config_parse(const char *name, const char *text, size_t bytes, config_finding_fn found,
		 void *arg, struct config **ret_config)
{
	struct load load = {0};
	uint32_t file = 0;
	int error = load_init(&load);

	if (error == 0)
		error = config_findings_file(load.findings, name, &file);
	if (error == 0)
		error = config_source_read(load.source, file, text, bytes);
	if (error == 0)
		error = load_end(&load, found, arg, ret_config);
	load_done(&load);
	return error;
}
