/* SPDX-License-Identifier: Apache-2.0 */
/* test_config_load.c -- one file, and conf.d beside it: in which order, and all or nothing. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/config.h"
#include "unit/daemon/config_fixture.h"

/* A folder with a configuration; removed at the end. */
struct place {
	char folder[32];	/* below /tmp */
	char path[64];		/* of hft.conf */
	struct reading reading; /* the last one */
};

static struct place *place_new(void)
{
	struct place *place = calloc(1, sizeof(*place));

	cr_assert_not_null(place);
	memcpy(place->folder, "/tmp/hft-config-XXXXXX", 23);
	cr_assert_not_null(mkdtemp(place->folder));
	(void)snprintf(place->path, sizeof(place->path), "%s/hft.conf", place->folder);
	return place;
}

static void place_write(struct place *place, const char *name, const char *text)
{
	char path[128];
	FILE *file = NULL;

	(void)snprintf(path, sizeof(path), "%s/conf.d", place->folder);
	if (strncmp(name, "conf.d/", 7) == 0)
		(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof(path), "%s/%s", place->folder, name);
	file = fopen(path, "w");
	cr_assert_not_null(file);
	cr_assert_geq(fputs(text, file), 0);
	cr_assert_eq(fclose(file), 0);
}

static int place_load(struct place *place)
{
	config_free(place->reading.config);
	memset(&place->reading, 0, sizeof(place->reading));
	place->reading.result = config_load(place->path, reading_found, &place->reading,
					    &place->reading.config);
	return place->reading.result;
}

static void place_free(struct place *place)
{
	char command[4][96];

	config_free(place->reading.config);
	(void)snprintf(command[0], sizeof(command[0]), "%s/conf.d", place->folder);
	static const char *const names[] = {"conf.d/a.conf", "conf.d/b.conf", "conf.d/c.txt",
					    "conf.d/.d.conf"};
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		(void)snprintf(command[1], sizeof(command[1]), "%s/%s", place->folder, names[i]);
		(void)unlink(command[1]);
	}
	(void)rmdir(command[0]);
	(void)unlink(place->path);
	(void)rmdir(place->folder);
	free(place);
}

Test(config_load, without_the_file_its_errno_comes)
{
	struct place *place = place_new();

	cr_expect_eq(place_load(place), -ENOENT);
	cr_expect_str_eq(place->reading.all, "");
	place_free(place);
}

Test(config_load, a_folder_is_no_configuration)
{
	struct place *place = place_new();

	cr_assert_eq(mkdir(place->path, 0700), 0);
	cr_expect_eq(place_load(place), -EISDIR);
	cr_assert_eq(rmdir(place->path), 0);
	place_free(place);
}

Test(config_load, fragments_are_read_in_the_order_of_their_names)
{
	struct place *place = place_new();

	place_write(place, "hft.conf", "[engine]\nname = a\n");
	place_write(place, "conf.d/b.conf", "[host b]\nfingerprint = " KEY_TWO "\n");
	place_write(place, "conf.d/a.conf", "[host a]\nfingerprint = " KEY_ONE "\n");
	cr_assert_eq(place_load(place), 0, "%s", place->reading.all);
	cr_assert_eq(place->reading.config->host_count, 2);
	cr_expect_str_eq(place->reading.config->host[0].name, "a");
	cr_expect_str_eq(place->reading.config->host[1].name, "b");
	place_free(place);
}

Test(config_load, only_files_that_end_in_conf_and_are_not_hidden_count)
{
	struct place *place = place_new();

	place_write(place, "hft.conf", "");
	place_write(place, "conf.d/c.txt", "nonsense\n");
	place_write(place, "conf.d/.d.conf", "nonsense\n");
	cr_expect_eq(place_load(place), 0, "%s", place->reading.all);
	place_free(place);
}

Test(config_load, an_error_in_a_fragment_refuses_all_and_names_the_file)
{
	struct place *place = place_new();

	place_write(place, "hft.conf", "[engine]\nname = a\n");
	place_write(place, "conf.d/a.conf", "\n[engine]\nspeed = 1\n");
	cr_expect_eq(place_load(place), -EINVAL);
	cr_expect_null(place->reading.config);
	cr_expect_not_null(strstr(place->reading.first, "/conf.d/a.conf:3: speed = 1: "), "%s",
			   place->reading.first);
	place_free(place);
}

Test(config_load, two_files_that_disagree_are_both_named)
{
	struct place *place = place_new();

	place_write(place, "hft.conf", "[engine]\nsend_limit = 3\n");
	place_write(place, "conf.d/a.conf", "[engine]\nsend_limit = 4\n");
	cr_expect_eq(place_load(place), -EINVAL);
	cr_expect_not_null(strstr(place->reading.first, "/conf.d/a.conf:2: send_limit = 4: "), "%s",
			   place->reading.first);
	cr_expect_not_null(strstr(place->reading.first, "/hft.conf:2"), "%s", place->reading.first);
	place_free(place);
}

Test(config_load, a_heading_does_not_reach_into_the_next_file)
{
	struct place *place = place_new();

	place_write(place, "hft.conf", "[engine]\nname = a\n");
	place_write(place, "conf.d/a.conf", "send_limit = 4\n");
	cr_expect_eq(place_load(place), -EINVAL);
	cr_expect_not_null(strstr(place->reading.first, "before the first [section]"), "%s",
			   place->reading.first);
	place_free(place);
}

Test(config_load, a_fragment_that_cannot_be_read_is_told)
{
	struct place *place = place_new();
	char path[96];

	place_write(place, "hft.conf", "");
	place_write(place, "conf.d/c.txt", "");
	(void)snprintf(path, sizeof(path), "%s/conf.d/a.conf", place->folder);
	cr_assert_eq(symlink("nowhere", path), 0);
	cr_expect_eq(place_load(place), -EINVAL);
	cr_expect_not_null(strstr(place->reading.first, "/conf.d/a.conf: cannot read a.conf: No "),
			   "%s", place->reading.first);
	place_free(place);
}

Test(config_load, a_pipe_is_as_good_as_a_file, .timeout = 20)
{
	struct reading reading = {0};
	char path[64];
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(write(ends[1], "[engine]\nname = p\n", 18), 18);
	cr_assert_eq(close(ends[1]), 0);
	(void)snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
	cr_assert_eq(config_load(path, reading_found, &reading, &reading.config), 0);
	cr_expect_str_eq(reading.config->engine.name, "p");
	reading_done(&reading);
}
