/* SPDX-License-Identifier: Apache-2.0 */
/* test_fingerprint.c -- the text of a fingerprint. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "io/tls.h"

/* 00 01 02 ... 1f, as `base64` of coreutils prints it, without the padding. */
static const char counting_text[] = "SHA256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

static struct fingerprint counting(void)
{
	struct fingerprint fingerprint;

	for (size_t i = 0; i < sizeof(fingerprint.bytes); i++)
		fingerprint.bytes[i] = (uint8_t)i;
	return fingerprint;
}

Test(fingerprint, is_printed_as_ssh_prints_keys)
{
	struct fingerprint fingerprint = counting();
	char text[FINGERPRINT_TEXT_BYTES];

	fingerprint_print(&fingerprint, text);
	cr_assert_str_eq(text, counting_text);
}

Test(fingerprint, of_all_ones_uses_the_last_digit)
{
	struct fingerprint fingerprint;
	char text[FINGERPRINT_TEXT_BYTES];

	memset(fingerprint.bytes, 0xff, sizeof(fingerprint.bytes));
	fingerprint_print(&fingerprint, text);
	cr_assert_str_eq(text, "SHA256://////////////////////////////////////////8");
}

Test(fingerprint, is_read_back_equal_whatever_its_bits)
{
	for (size_t bit = 0; bit < 256; bit++) {
		struct fingerprint one = {.bytes = {0}};
		struct fingerprint other;
		char text[FINGERPRINT_TEXT_BYTES];

		one.bytes[bit / 8] = (uint8_t)(1u << bit % 8);
		fingerprint_print(&one, text);
		cr_assert_eq(fingerprint_parse(text, &other), 0, "bit %zu", bit);
		cr_assert_arr_eq(one.bytes, other.bytes, sizeof(one.bytes), "bit %zu", bit);
	}
}

static void refused(const char *text)
{
	struct fingerprint fingerprint = counting();
	struct fingerprint before = counting();

	cr_assert_eq(fingerprint_parse(text, &fingerprint), -EINVAL, "\"%s\"", text);
	cr_assert_arr_eq(fingerprint.bytes, before.bytes, sizeof(before.bytes));
}

Test(fingerprint, of_another_form_is_refused_and_nothing_is_touched)
{
	refused("");
	refused("SHA256:");
	refused("sha256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
	refused("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
	refused("SHA256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
	refused("SHA256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh");
	refused("SHA256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh-");
	refused("SHA256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8 ");
}

Test(fingerprint, has_only_one_text)
{
	refused("SHA256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9");
}
