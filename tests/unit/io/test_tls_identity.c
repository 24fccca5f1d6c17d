/* SPDX-License-Identifier: Apache-2.0 */
/* test_tls_identity.c -- the identity file: made once, then only read. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/tls.h"

#define SENTENCE_BYTES 256

struct identity_test {
	char folder[64];
	char path[96];	/* of the identity */
	char other[96]; /* of another file there */
	char sentence[SENTENCE_BYTES];
};

static void test_start(struct identity_test *test)
{
	memset(test, 0, sizeof(*test));
	(void)snprintf(test->folder, sizeof(test->folder), "/tmp/hft-identity-XXXXXX");
	cr_assert(mkdtemp(test->folder));
	(void)snprintf(test->path, sizeof(test->path), "%s/identity.pem", test->folder);
	(void)snprintf(test->other, sizeof(test->other), "%s/other", test->folder);
}

static void test_end(struct identity_test *test)
{
	(void)unlink(test->path);
	(void)unlink(test->other);
	cr_assert_eq(rmdir(test->folder), 0, "something was left in the folder");
}

static int open_identity(struct identity_test *test, struct fingerprint *ret_own)
{
	struct tls_context *context = NULL;
	int error = tls_context_new(test->path, &context, test->sentence, sizeof(test->sentence));

	if (error == 0) {
		tls_context_fingerprint(context, ret_own);
		tls_context_free(context);
	} else {
		cr_assert_null(context);
		cr_assert(strstr(test->sentence, test->path), "no path: %s", test->sentence);
	}
	return error;
}

static void write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	cr_assert(fd >= 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	cr_assert_eq(fchmod(fd, mode), 0);
	(void)close(fd);
}

/* Runs a shell line in the folder; gives its exit code. */
static int run(const struct identity_test *test, const char *line)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		if (chdir(test->folder) == 0)
			execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		_exit(126);
	}
	cr_assert(child > 0);
	cr_assert_eq(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(tls_identity, is_made_at_the_first_start_and_the_same_ever_after)
{
	struct identity_test test;
	struct fingerprint first;
	struct fingerprint second;

	test_start(&test);
	cr_assert_eq(open_identity(&test, &first), 0, "%s", test.sentence);
	cr_assert_eq(open_identity(&test, &second), 0, "%s", test.sentence);
	cr_assert_arr_eq(first.bytes, second.bytes, sizeof(first.bytes));
	test_end(&test);
}

Test(tls_identity, is_another_one_for_every_engine)
{
	struct tls_context *one = NULL;
	struct tls_context *other = NULL;
	struct fingerprint own[2];

	cr_assert_eq(tls_context_new_ephemeral(&one), 0);
	cr_assert_eq(tls_context_new_ephemeral(&other), 0);
	tls_context_fingerprint(one, &own[0]);
	tls_context_fingerprint(other, &own[1]);
	cr_assert_arr_neq(own[0].bytes, own[1].bytes, sizeof(own[0].bytes));
	tls_context_free(one);
	tls_context_free(other);
}

Test(tls_identity, can_be_read_by_its_owner_only)
{
	struct identity_test test;
	struct fingerprint own;
	struct stat status;

	(void)umask(0);
	test_start(&test);
	cr_assert_eq(open_identity(&test, &own), 0);
	cr_assert_eq(stat(test.path, &status), 0);
	cr_assert_eq(status.st_mode & 07777, 0600);
	test_end(&test);
}

Test(tls_identity, open_to_others_is_refused)
{
	static const mode_t modes[] = {0640, 0604, 0660, 0610, 0602};
	struct identity_test test;
	struct fingerprint own;

	test_start(&test);
	cr_assert_eq(open_identity(&test, &own), 0);
	for (size_t i = 0; i < ARRAY_COUNT(modes); i++) {
		cr_assert_eq(chmod(test.path, modes[i]), 0);
		cr_assert_eq(open_identity(&test, &own), -EACCES, "mode %o", modes[i]);
		cr_assert(strstr(test.sentence, "chmod 600"), "%s", test.sentence);
	}
	test_end(&test);
}

Test(tls_identity, that_is_damaged_is_refused_and_never_replaced)
{
	struct identity_test test;
	struct fingerprint own;
	struct stat status;

	test_start(&test);
	write_file(test.path, "-----BEGIN PRIVATE KEY-----\nAAAA\n", 0600);
	cr_assert_eq(open_identity(&test, &own), -EINVAL);
	cr_assert(strstr(test.sentence, "no private key"), "%s", test.sentence);
	cr_assert_eq(stat(test.path, &status), 0);
	cr_assert_eq(status.st_size, 33);
	write_file(test.path, "", 0600);
	cr_assert_eq(open_identity(&test, &own), -EINVAL);
	test_end(&test);
}

Test(tls_identity, in_a_folder_that_is_not_there_is_an_error_with_a_sentence)
{
	struct tls_context *context = NULL;
	char sentence[SENTENCE_BYTES] = "";

	cr_assert_eq(tls_context_new("/nonexistent/identity", &context, sentence, sizeof(sentence)),
		     -ENOENT);
	cr_assert_str_eq(sentence, "the identity file /nonexistent/identity cannot be written: "
				   "No such file or directory");
}

Test(tls_identity, is_made_although_an_earlier_start_broke_off)
{
	struct identity_test test;
	struct fingerprint own;
	char left[128];

	test_start(&test);
	(void)snprintf(left, sizeof(left), "%s.new", test.path);
	write_file(left, "half", 0644);
	cr_assert_eq(open_identity(&test, &own), 0, "%s", test.sentence);
	cr_assert_eq(access(left, F_OK), -1);
	test_end(&test);
}

Test(tls_identity, is_not_a_fifo)
{
	struct identity_test test;
	struct fingerprint own;

	test_start(&test);
	cr_assert_eq(mkfifo(test.path, 0600), 0);
	cr_assert_eq(open_identity(&test, &own), -EINVAL);
	test_end(&test);
}

/* The same number as the command that docs tell people to use. */
Test(tls_identity, has_the_fingerprint_that_openssl_computes)
{
	struct identity_test test;
	struct fingerprint own;
	char text[65] = "";
	uint8_t digest[32];
	int fd = -1;

	test_start(&test);
	cr_assert_eq(open_identity(&test, &own), 0);
	if (run(&test, "openssl version >other 2>&1") != 0) {
		test_end(&test);
		cr_skip_test("no openssl command here");
	}
	cr_assert_eq(run(&test, "openssl x509 -in identity.pem -pubkey -noout |"
				" openssl pkey -pubin -outform der | sha256sum >other"),
		     0);
	fd = open(test.other, O_RDONLY);
	cr_assert_eq(read(fd, text, 64), 64);
	(void)close(fd);
	for (size_t i = 0; i < sizeof(digest); i++) {
		char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};

		digest[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	cr_assert_arr_eq(digest, own.bytes, sizeof(digest));
	test_end(&test);
}

/* An operator may bring his own, say from a smart card's issuer. */
Test(tls_identity, with_a_p256_key_is_accepted)
{
	struct identity_test test;
	struct fingerprint own;

	test_start(&test);
	if (run(&test, "umask 077; openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256"
		       " -nodes -keyout identity.pem -out other -subj /CN=x 2>/dev/null"
		       " && cat other >>identity.pem") != 0) {
		test_end(&test);
		cr_skip_test("no openssl command here");
	}
	cr_assert_eq(open_identity(&test, &own), 0, "%s", test.sentence);
	test_end(&test);
}

Test(tls_identity, with_an_rsa_key_is_refused)
{
	struct identity_test test;
	struct fingerprint own;

	test_start(&test);
	if (run(&test, "umask 077; openssl req -x509 -newkey rsa:2048 -nodes -keyout identity.pem"
		       " -out other -subj /CN=x 2>/dev/null && cat other >>identity.pem") != 0) {
		test_end(&test);
		cr_skip_test("no openssl command here");
	}
	cr_assert_eq(open_identity(&test, &own), -EINVAL);
	cr_assert(strstr(test.sentence, "Ed25519"), "%s", test.sentence);
	test_end(&test);
}

Test(tls_identity, whose_key_is_not_that_of_the_certificate_is_refused)
{
	struct identity_test test;
	struct fingerprint own;

	test_start(&test);
	cr_assert_eq(open_identity(&test, &own), 0);
	cr_assert_eq(rename(test.path, test.other), 0);
	cr_assert_eq(open_identity(&test, &own), 0);
	cr_assert_eq(run(&test, "umask 077; { sed '/END PRIVATE/q' identity.pem;"
				" sed -n '/BEGIN CERT/,$p' other; } >x && mv x identity.pem"),
		     0);
	cr_assert_eq(open_identity(&test, &own), -EINVAL);
	cr_assert(strstr(test.sentence, "does not belong"), "%s", test.sentence);
	test_end(&test);
}

/* A prompt would block a service for ever. */
Test(tls_identity, with_a_password_is_refused_without_asking, .timeout = 10)
{
	struct identity_test test;
	struct fingerprint own;

	test_start(&test);
	if (run(&test, "umask 077; openssl genpkey -algorithm ed25519 -aes128 -pass pass:x"
		       " -out identity.pem 2>/dev/null") != 0) {
		test_end(&test);
		cr_skip_test("no openssl command here");
	}
	cr_assert_eq(open_identity(&test, &own), -EINVAL);
	cr_assert(strstr(test.sentence, "password"), "%s", test.sentence);
	test_end(&test);
}
