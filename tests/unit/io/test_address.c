/* SPDX-License-Identifier: Apache-2.0 */
/* test_address.c -- addresses in numbers: what is read, what is printed, what is refused. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include <hft/limits.h>

#include "base/compiler.h"
#include "io/address.h"

static void expect_text(const char *text, uint16_t port, const char *printed)
{
	struct net_address address = {0};
	struct net_address again = {0};
	char line[HFT_ADDRESS_BYTES];

	cr_assert_eq(net_address_parse(text, port, &address), 0, "%s", text);
	cr_assert_str_eq(net_address_print(&address, line, sizeof(line)), printed);
	cr_assert_eq(net_address_parse(line, 0, &again), 0, "%s", line);
	cr_assert(net_address_equal(&address, &again), "%s", line);
}

Test(address, what_is_printed_is_read_back_equal)
{
	expect_text("10.0.0.1", 30000, "10.0.0.1:30000");
	expect_text("10.0.0.1:7", 30000, "10.0.0.1:7");
	expect_text("0.0.0.0", 0, "0.0.0.0:0");
	expect_text("::", 1, "[::]:1");
	expect_text("::1", 30000, "[::1]:30000");
	expect_text("[::1]", 30000, "[::1]:30000");
	expect_text("[2001:db8::5]:65535", 1, "[2001:db8::5]:65535");
	expect_text("fe80::1%3", 9, "[fe80::1%3]:9");
	expect_text("[fe80::1%4294967295]:65535", 9, "[fe80::1%4294967295]:65535");
	expect_text("::ffff:255.255.255.255", 9, "[::ffff:255.255.255.255]:9");
}

Test(address, an_interface_may_be_named)
{
	expect_text("fe80::1%lo", 9, "[fe80::1%1]:9");
}

Test(address, anything_else_is_refused_and_leaves_the_output_alone)
{
	static const char *const texts[] = {
		"",
		"localhost",
		"10.0.0",
		"10.0.0.256",
		"10.0.0.1:",
		"10.0.0.1:65536",
		"10.0.0.1:-1",
		"10.0.0.1: 1",
		"10.0.0.1:1x",
		"[10.0.0.1]:1",
		"[::1",
		"[::1]x",
		"[::1]:",
		"[::1]:65536",
		"::1:2:3:4:5:6:7:8:9",
		"fe80::1%",
		"fe80::1%no-such-interface",
		"fe80::1%4294967296",
		"[]:1",
		" ::1",
	};
	struct net_address address;
	struct net_address before;

	memset(&address, 0x5a, sizeof(address));
	before = address;
	for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
		cr_expect_eq(net_address_parse(texts[i], 1, &address), -EINVAL, "%s", texts[i]);
		cr_expect_eq(memcmp(&address, &before, sizeof(before)), 0, "%s", texts[i]);
	}
}

Test(address, a_text_of_any_length_is_refused)
{
	char text[HFT_ADDRESS_BYTES + 10];
	struct net_address address = {0};

	memset(text, '1', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	cr_assert_eq(net_address_parse(text, 1, &address), -EINVAL);
}

Test(address, the_port_can_be_read_and_set)
{
	struct net_address address = {0};

	cr_assert_eq(net_address_port(&address), 0);
	cr_assert_eq(net_address_parse("10.0.0.1", 1, &address), 0);
	net_address_set_port(&address, 40000);
	cr_assert_eq(net_address_port(&address), 40000);
	cr_assert_eq(net_address_parse("::1", 1, &address), 0);
	net_address_set_port(&address, 40001);
	cr_assert_eq(net_address_port(&address), 40001);
}

Test(address, equal_means_all_of_it)
{
	static const char *const texts[] = {"10.0.0.1:1", "10.0.0.2:1", "10.0.0.1:2", "[::1]:1",
					    "[::2]:1",	  "[::1]:2",	"[::1%1]:1"};
	struct net_address list[ARRAY_COUNT(texts) + 1] = {0};

	for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
		cr_assert_eq(net_address_parse(texts[i], 0, &list[i]), 0);
	for (size_t i = 0; i < ARRAY_COUNT(list); i++) {
		for (size_t j = 0; j < ARRAY_COUNT(list); j++)
			cr_expect_eq(net_address_equal(&list[i], &list[j]), i == j);
	}
}

Test(address, none_prints_a_question_mark_and_a_small_buffer_is_cut)
{
	struct net_address address = {0};
	char line[6];

	cr_assert_str_eq(net_address_print(&address, line, sizeof(line)), "?");
	cr_assert_eq(net_address_parse("10.0.0.1", 1, &address), 0);
	cr_assert_str_eq(net_address_print(&address, line, sizeof(line)), "10.0.");
}
