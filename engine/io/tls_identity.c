/* SPDX-License-Identifier: Apache-2.0 */
/* tls_identity.c -- the key of this engine: made once, kept in a file, never replaced.
 *
 * The file holds two PEM blocks, the private key (PKCS #8) and a certificate signed by it,
 * and nobody but its owner may read it. It appears whole or not at all: written under
 * another name in the same folder, synced, renamed, folder synced.
 * What is there and cannot be used is an error: peers have pinned that key. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <hft/limits.h>

#include "base/text.h"
#include "host/fd.h"
#include "io/tls_context.h"

/* No dates are checked anywhere, so these say "always" in the words of RFC 5280, 4.1.2.5. */
#define VALID_FROM  "19700101000000Z"
#define VALID_UNTIL "99991231235959Z"

/* ---- key and certificate ---- */

bool tls_identity_key_is_fit(const struct evp_pkey_st *key)
{
	char group[32] = "";
	size_t group_bytes = 0;

	if (EVP_PKEY_is_a(key, "ED25519"))
		return true;
	return EVP_PKEY_is_a(key, "EC") &&
	       EVP_PKEY_get_group_name(key, group, sizeof(group), &group_bytes) == 1 &&
	       strcmp(group, "prime256v1") == 0;
}

int tls_identity_fingerprint(const struct x509_st *certificate, struct fingerprint *ret_fingerprint)
{
	struct fingerprint digest;
	unsigned char *der = NULL;
	int der_bytes = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
	int done = 0;

	if (der_bytes > 0)
		done = EVP_Digest(der, (size_t)der_bytes, digest.bytes, NULL, EVP_sha256(), NULL);
	OPENSSL_free(der);
	if (done != 1) {
		ERR_clear_error();
		return -ENOMEM;
	}
	*ret_fingerprint = digest;
	return 0;
}

static bool certificate_fill(X509 *certificate, EVP_PKEY *key)
{
	static const unsigned char name[] = "hft-engine";
	X509_NAME *subject = X509_get_subject_name(certificate);

	return X509_set_version(certificate, X509_VERSION_3) == 1 &&
	       ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1 &&
	       ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate), VALID_FROM) == 1 &&
	       ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate), VALID_UNTIL) == 1 &&
	       X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, name, -1, -1, 0) == 1 &&
	       X509_set_issuer_name(certificate, subject) == 1 &&
	       X509_set_pubkey(certificate, key) == 1 &&
	       X509_sign(certificate, key, NULL) > 0; /* Ed25519 brings its own digest */
}

int tls_identity_make(struct tls_identity *ret_identity)
{
	struct tls_identity made = {
		.key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"),
		.certificate = X509_new(),
	};

	if (!made.key || !made.certificate || !certificate_fill(made.certificate, made.key)) {
		bool short_of_memory = !made.certificate;

		ERR_clear_error();
		tls_identity_done(&made);
		return short_of_memory ? -ENOMEM : -EIO;
	}
	*ret_identity = made;
	return 0;
}

void tls_identity_done(struct tls_identity *identity)
{
	EVP_PKEY_free(identity->key);
	X509_free(identity->certificate);
	identity->key = NULL;
	identity->certificate = NULL;
}

/* ---- reading ---- */

/* An encrypted key gets no password: a service has nobody to ask. */
static int identity_no_password(char *buffer, int bytes, int writing, void *unused)
{
	(void)buffer;
	(void)bytes;
	(void)writing;
	(void)unused;
	return -1;
}

/* Reads a whole file of at most `capacity` bytes; returns how many, or a negative errno. */
static ssize_t identity_read_bytes(int fd, uint8_t *bytes, size_t capacity)
{
	size_t count = 0;

	while (count < capacity) {
		ssize_t part = read(fd, bytes + count, capacity - count);

		if (part < 0 && errno == EINTR)
			continue;
		if (part < 0)
			return -errno;
		if (part == 0)
			break;
		count += (size_t)part;
	}
	return (ssize_t)count;
}

static const char *identity_parse(const uint8_t *bytes, size_t count,
				  struct tls_identity *ret_identity)
{
	struct tls_identity read = {.key = NULL};
	BIO *key = BIO_new_mem_buf(bytes, (int)count);
	BIO *certificate = BIO_new_mem_buf(bytes, (int)count);
	const char *wrong = NULL;

	if (key && certificate) {
		read.key = PEM_read_bio_PrivateKey(key, NULL, identity_no_password, NULL);
		read.certificate = PEM_read_bio_X509(certificate, NULL, NULL, NULL);
	}
	BIO_free(key);
	BIO_free(certificate);
	if (!read.key)
		wrong = "holds no private key that can be read (PEM, without password)";
	else if (!read.certificate)
		wrong = "holds no certificate";
	else if (!tls_identity_key_is_fit(read.key))
		wrong = "holds a key of another kind than Ed25519 or P-256";
	else if (X509_check_private_key(read.certificate, read.key) != 1)
		wrong = "holds a key that does not belong to the certificate there";
	else if (X509_verify(read.certificate, read.key) != 1)
		wrong = "holds a certificate that is not signed by its own key";
	ERR_clear_error();
	if (wrong)
		tls_identity_done(&read);
	else
		*ret_identity = read;
	return wrong;
}

static const char *identity_check_file(const struct stat *status, int *ret_error)
{
	if (!S_ISREG(status->st_mode)) {
		*ret_error = -EINVAL;
		return "is not a regular file";
	}
	if (status->st_mode & (S_IRWXG | S_IRWXO)) {
		*ret_error = -EACCES;
		return "is open to others than its owner; compare the fingerprint with what peers "
		       "have, then chmod 600";
	}
	return NULL;
}

/* Loads from an open file. On failure *ret_wrong says what is wrong with it. */
static int identity_load(int fd, struct tls_identity *ret_identity, const char **ret_wrong)
{
	uint8_t bytes[HFT_IDENTITY_BYTES_MAX + 1];
	struct stat status;
	ssize_t count = 0;
	int error = -EINVAL;

	if (fstat(fd, &status) < 0)
		return -errno;
	*ret_wrong = identity_check_file(&status, &error);
	if (*ret_wrong)
		return error;
	count = identity_read_bytes(fd, bytes, sizeof(bytes));
	if (count > HFT_IDENTITY_BYTES_MAX)
		*ret_wrong = "is too long for an identity";
	else if (count >= 0)
		*ret_wrong = identity_parse(bytes, (size_t)count, ret_identity);
	OPENSSL_cleanse(bytes, sizeof(bytes));
	if (count < 0)
		return (int)count;
	return *ret_wrong ? -EINVAL : 0;
}

/* ---- writing ---- */

static int identity_write_bytes(int fd, const char *bytes, size_t count)
{
	while (count > 0) {
		ssize_t part = write(fd, bytes, count);

		if (part < 0 && errno == EINTR)
			continue;
		if (part < 0)
			return -errno;
		bytes += part;
		count -= (size_t)part;
	}
	return 0;
}

static int identity_write(int fd, const struct tls_identity *identity)
{
	BIO *text = BIO_new(BIO_s_secmem()); /* wiped when freed */
	char *bytes = NULL;
	long count = 0;
	int error = -ENOMEM;

	if (text && PEM_write_bio_PrivateKey(text, identity->key, NULL, NULL, 0, NULL, NULL) == 1 &&
	    PEM_write_bio_X509(text, identity->certificate) == 1) {
		count = BIO_get_mem_data(text, &bytes);
		error = identity_write_bytes(fd, bytes, (size_t)count);
	}
	BIO_free(text);
	ERR_clear_error();
	if (error == 0 && fsync(fd) < 0)
		error = -errno;
	return error;
}

/* Writes `name` in the open folder, by way of `temporary`. */
static int identity_place(int folder, const char *temporary, const char *name,
			  const struct tls_identity *identity)
{
	int fd = -1;
	int error = 0;

	/* What an earlier start left when the power went; EXCL then means that it is ours. */
	(void)unlinkat(folder, temporary, 0);
	fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    S_IRUSR | S_IWUSR);
	if (fd < 0)
		return -errno;
	error = identity_write(fd, identity);
	fd_close(&fd);
	if (error == 0 && renameat(folder, temporary, folder, name) < 0)
		error = -errno;
	if (error < 0) {
		(void)unlinkat(folder, temporary, 0);
		return error;
	}
	return fsync(folder) < 0 ? -errno : 0;
}

static int identity_store(const char *path, const struct tls_identity *identity)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char folder_path[HFT_PATH_BYTES];
	char temporary[HFT_NAME_BYTES];
	int folder = -1;
	int error = text_copy(folder_path, sizeof(folder_path), slash ? path : ".");

	if (error < 0)
		return error;
	if (slash) /* "/x" lies in "/" */
		folder_path[slash == path ? 1 : slash - path] = '\0';
	error = text_format(temporary, sizeof(temporary), "%s.new", name);
	if (error < 0)
		return error;
	folder = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -errno;
	error = identity_place(folder, temporary, name, identity);
	fd_close(&folder);
	return error;
}

static int identity_create(const char *path, struct tls_identity *ret_identity)
{
	struct tls_identity made = {.key = NULL};
	int error = tls_identity_make(&made);

	if (error == 0)
		error = identity_store(path, &made);
	if (error < 0)
		tls_identity_done(&made);
	else
		*ret_identity = made;
	return error;
}

/* ---- both ---- */

int tls_identity_open(const char *path, struct tls_identity *ret_identity, char *sentence,
		      size_t sentence_bytes)
{
	const char *wrong = NULL;
	const char *doing = "read";
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not stop us */
	int error = fd < 0 ? -errno : 0;

	if (fd >= 0) {
		error = identity_load(fd, ret_identity, &wrong);
		fd_close(&fd);
	} else if (error == -ENOENT) {
		doing = "written";
		error = identity_create(path, ret_identity);
	}
	if (wrong)
		(void)snprintf(sentence, sentence_bytes, "the identity file %s %s", path, wrong);
	else if (error < 0)
		(void)snprintf(sentence, sentence_bytes, "the identity file %s cannot be %s: %s",
			       path, doing, strerror(-error));
	return error;
}
