/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_main.c -- replays a corpus through a fuzz target, without libFuzzer.
 *
 * So that every build, also GCC's, runs each decoder over each input that was
 * once interesting. Each argument is a file or a folder of files; a folder that
 * does not exist is an empty one. The empty input is always tried. */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The target, in tests/fuzz/fuzz_NAME.c. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Larger inputs than this say nothing about a decoder. */
#define INPUT_BYTES_MAX ((size_t)4 << 20)

static int replay_file(const char *path)
{
	/* Exactly as large as the input, so that ASan sees a read behind it. */
	uint8_t *data = NULL;
	FILE *file = NULL;
	struct stat status;
	size_t size = 0;
	int error = -1;

	file = fopen(path, "rb");
	if (!file || fstat(fileno(file), &status) < 0) {
		perror(path);
		goto done;
	}
	size = (size_t)status.st_size;
	if (size > INPUT_BYTES_MAX) {
		fprintf(stderr, "%s: larger than %zu bytes\n", path, INPUT_BYTES_MAX);
		goto done;
	}
	data = malloc(size > 0 ? size : 1);
	if (!data || fread(data, 1, size, file) != size) {
		perror(path);
		goto done;
	}
	(void)LLVMFuzzerTestOneInput(data, size);
	error = 0;
done:
	free(data);
	if (file)
		(void)fclose(file);
	return error;
}

static int replay_folder(const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *entry = NULL;
	char name[PATH_MAX];
	int count = 0;

	if (!folder && errno == ENOENT)
		return 0;
	if (!folder) {
		perror(path);
		return -1;
	}
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (replay_file(name) < 0) {
			count = -1;
			break;
		}
		count++;
	}
	(void)closedir(folder);
	return count;
}

int main(int count, char **arguments)
{
	struct stat status;
	int replayed = 0;
	int more = 0;

	(void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (int i = 1; i < count; i++) {
		if (stat(arguments[i], &status) == 0 && S_ISREG(status.st_mode))
			more = replay_file(arguments[i]) < 0 ? -1 : 1;
		else
			more = replay_folder(arguments[i]);
		if (more < 0)
			return EXIT_FAILURE;
		replayed += more;
	}
	printf("%d inputs replayed\n", replayed + 1);
	return EXIT_SUCCESS;
}
