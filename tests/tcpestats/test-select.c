/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connection selectors and addresses as text. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "select.h"
#include "suite.h"

static struct selector parsed(const char *text)
{
    struct selector selector;
    const char *wrong = selector_parse(text, &selector);

    ck_assert_msg(!wrong, "'%s': %s", text, wrong);
    return selector;
}

static struct endpoint endpoint(const char *address, uint16_t port)
{
    struct endpoint out = {{{0}, 0}, port};

    ck_assert(address_parse(address, strlen(address), &out.address));
    return out;
}

START_TEST(both_ends_name_one_connection)
{
    struct selector s = parsed("127.0.0.1:5001-10.20.30.255:65535");
    static const uint8_t local[16] = {127, 0, 0, 1}, remote[16] = {10, 20, 30, 255};

    ck_assert(s.exact);
    ck_assert_uint_eq(s.local.address.family, FAMILY_V4);
    ck_assert_mem_eq(s.local.address.bytes, local, 16);
    ck_assert_mem_eq(s.remote.address.bytes, remote, 16);
    ck_assert_uint_eq(s.local.port, 5001);
    ck_assert_uint_eq(s.remote.port, 65535);
    ck_assert_str_eq(s.zone, "");
    ck_assert(!selector_wants_owner(&s));
}
END_TEST

START_TEST(v6_ends_stand_in_brackets_and_may_have_a_zone)
{
    struct selector s = parsed("[fe80::1%br-lan]:22-[fe80::2]:4000");

    ck_assert_uint_eq(s.local.address.family, FAMILY_V6);
    ck_assert_str_eq(s.zone, "br-lan");
    ck_assert(address_is_link_local(&s.local.address));
    ck_assert_str_eq(parsed("[fe80::1]:1-[fe80::2%7]:2").zone, "7");
    ck_assert_str_eq(parsed("[fe80::1%7]:1-[fe80::2%7]:2").zone, "7");
    ck_assert_str_eq(parsed("10.0.0.1%vrf-a:1-10.0.0.2:2").zone, "vrf-a");
    ck_assert_uint_eq(parsed("10.0.0.1%vrf-a:1-10.0.0.2:2").local.port, 1);
    s = parsed("[::1]:1-[::1]:2");
    ck_assert(!address_is_link_local(&s.local.address));
}
END_TEST

START_TEST(a_mapped_address_means_the_v4_address)
{
    struct selector s = parsed("[::ffff:127.0.0.1]:80-127.0.0.2:90");

    ck_assert_uint_eq(s.local.address.family, FAMILY_V4);
    ck_assert_uint_eq(s.local.address.bytes[0], 127);
    ck_assert_uint_eq(parsed("addr:::ffff:7f00:1").any.family, FAMILY_V4);
}
END_TEST

START_TEST(conditions_must_all_hold)
{
    struct selector s = parsed("addr:10.0.0.1,port:443,lport:1,rport:2,pid:1234,process:a b,c");

    ck_assert(!s.exact);
    ck_assert_uint_eq(s.any.family, FAMILY_V4);
    ck_assert_uint_eq(s.any_port, 443);
    ck_assert_uint_eq(s.local.port, 1);
    ck_assert_uint_eq(s.remote.port, 2);
    ck_assert_uint_eq(s.pid, 1234);
    ck_assert_str_eq(s.process, "a b,c");
    ck_assert(selector_wants_owner(&s));
    ck_assert_uint_eq(parsed("pid:4294967295").pid, UINT32_MAX);
    s = parsed("uid:www-data,cgroup:/system.slice/a b.service,port:80");
    ck_assert_str_eq(s.user, "www-data");
    ck_assert_str_eq(s.cgroup, "/system.slice/a b.service");
    ck_assert_uint_eq(s.any_port, 80);
    ck_assert(!selector_wants_owner(&s));
    ck_assert_str_eq(parsed("cgroup:system.slice").cgroup, "/system.slice");
    ck_assert_str_eq(parsed("cgroup:/sys/fs/cgroup/a/b,uid:0").cgroup, "/a/b");
    ck_assert_str_eq(parsed("cgroup:/sys/fs/cgroup").cgroup, "/");
    ck_assert_str_eq(parsed("cgroup:/sys/fs/cgroups").cgroup, "/sys/fs/cgroups");
    ck_assert_uint_eq(parsed("addr:fe80::1%eth0,port:1").any.family, FAMILY_V6);
    ck_assert_str_eq(parsed("addr:[fe80::1%eth0]").zone, "eth0");
}
END_TEST

START_TEST(conditions_match_what_they_say)
{
    struct endpoint a = endpoint("10.0.0.1", 443), b = endpoint("10.0.0.2", 5000);
    struct endpoint six = endpoint("::1", 443);
    static const struct {
        const char *text;
        bool forth, back; /* for a-b and for b-a */
    } rows[] = {
        {"addr:10.0.0.1", true, true},
        {"addr:10.0.0.3", false, false},
        {"addr:::a00:1", false, false}, /* v4-compatible is not v4-mapped */
        {"port:443", true, true},
        {"lport:443", true, false},
        {"rport:443", false, true},
        {"port:443,lport:5000", false, true},
        {"port:443,addr:10.0.0.2", true, true},
        {"lport:443,rport:5000,port:5000", true, false},
        {"lport:443,rport:5000,port:80", false, false},
        {"10.0.0.1:443-10.0.0.2:5000", true, false},
        {"10.0.0.1:443-10.0.0.2:5001", false, false},
        {"10.0.0.1:443-10.0.0.3:5000", false, false},
        {"[::1]:443-[::1]:5000", false, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct selector s = parsed(rows[i].text);

        ck_assert_msg(selector_matches(&s, &a, &b) == rows[i].forth, "%s", rows[i].text);
        ck_assert_msg(selector_matches(&s, &b, &a) == rows[i].back, "%s", rows[i].text);
    }
    ck_assert(selector_matches(&(struct selector){.any = six.address}, &b, &six));
}
END_TEST

START_TEST(what_is_wrong_is_refused)
{
    static const char *const rows[] = {
        "",
        "-",
        "127.0.0.1",
        "127.0.0.1:80",
        "127.0.0.1:80-",
        "127.0.0.1:80-127.0.0.1",
        "127.0.0.1:80-127.0.0.1:",
        "127.0.0.1:0-127.0.0.1:1",
        "127.0.0.1:1-127.0.0.1:0",
        "127.0.0.1:65536-127.0.0.1:1",
        "127.0.0.1:1-127.0.0.1:65536",
        "127.0.0.1:99999999999999999999999-127.0.0.1:1",
        "127.0.0.1:+1-127.0.0.1:1",
        "127.0.0.1:-1-127.0.0.1:1",
        "127.0.0.1:0x50-127.0.0.1:1",
        "127.0.0.1: 80-127.0.0.1:1",
        "127.0.0.1:80-127.0.0.1:1 ",
        "127.0.0.1:80-127.0.0.1:1x",
        "127.0.0.1:80 127.0.0.1:1",
        "127.0.0.256:80-127.0.0.1:1",
        "127.0.0.01:80-127.0.0.1:1",
        "127.0.1:80-127.0.0.1:1",
        "127.0.0.0.1:80-127.0.0.1:1",
        "127..0.1:80-127.0.0.1:1",
        "1277.0.0.1:80-127.0.0.1:1",
        "::1:80-::1:90",
        "[::1:80-[::1]:90",
        "[::1]80-[::1]:90",
        "[::1]:80-127.0.0.1:90",
        "[]:80-[::1]:90",
        "[127.0.0.1]:80-[::1]:90",
        "[::1%]:80-[::1]:90",
        "10.0.0.1%:80-10.0.0.2:90",
        "10.0.0.1%a-10.0.0.2:90",
        "10.0.0.1%a:80-10.0.0.2%b:90",
        "[fe80::1%a]:80-[fe80::2%b]:90",
        "[fe80::1%ab]:80-[fe80::2%a]:90",
        "[1::2::3]:80-[::1]:90",
        "[1:2:3:4:5:6:7:8:9]:80-[::1]:90",
        "[1:2:3:4:5:6:7]:80-[::1]:90",
        "[12345::]:80-[::1]:90",
        "[:1::]:80-[::1]:90",
        "[1:]:80-[::1]:90",
        "[::1.2.3]:80-[::1]:90",
        "[1:2:3:4:5:6:7:1.2.3.4]:80-[::1]:90",
        "[g::]:80-[::1]:90",
        "port:",
        "port:0",
        "port:65536",
        "port:80,",
        "port:80,port:81",
        "port:80 lport:81",
        ",port:80",
        "port:80x",
        "pid:0",
        "pid:4294967296",
        "pid:-1",
        "pid:1,pid:2",
        "addr:",
        "addr:1.2.3",
        "addr:1.2.3.4%eth0",
        "addr:[1.2.3.4]",
        "addr:[::1",
        "addr:1.2.3.4,addr:1.2.3.5",
        "process:",
        "uid:",
        "uid:,port:80",
        "uid:a,uid:b",
        "cgroup:",
        "cgroup:,port:80",
        "cgroup:/a,cgroup:/b",
        "Port:80",
        "nonsense",
        "nonsense:80",
    };
    struct selector s;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(selector_parse(rows[i], &s), "'%s' was taken", rows[i]);
}
END_TEST

START_TEST(huge_input_is_refused_or_taken_whole)
{
    static char text[100000];
    struct selector s;
    size_t zone = strlen("[fe80::1%");

    memset(text, '1', sizeof(text) - 1);
    ck_assert_ptr_nonnull(selector_parse(text, &s));
    memcpy(text, "process:", 8);
    ck_assert_ptr_nonnull(selector_parse(text, &s));
    text[8 + PROCESS_MAX] = 0;
    ck_assert_ptr_nonnull(selector_parse(text, &s));
    text[8 + PROCESS_MAX - 1] = 0;
    ck_assert_ptr_null(selector_parse(text, &s));
    ck_assert_uint_eq(strlen(s.process), PROCESS_MAX - 1);

    memset(text, 'z', sizeof(text) - 1);
    memcpy(text, "uid:", 4);
    ck_assert_ptr_nonnull(selector_parse(text, &s));
    memcpy(text, "cgroup:/", 8);
    ck_assert_ptr_nonnull(selector_parse(text, &s));
    text[7 + CGROUP_MAX - 1] = 0;
    ck_assert_ptr_null(selector_parse(text, &s));
    ck_assert_uint_eq(strlen(s.cgroup), CGROUP_MAX - 1);

    memset(text, 'z', sizeof(text) - 1);
    memcpy(text, "[fe80::1%", zone);
    strcpy(text + zone + ZONE_MAX, "]:1-[fe80::2]:2");
    ck_assert_ptr_nonnull(selector_parse(text, &s));
    strcpy(text + zone + ZONE_MAX - 1, "]:1-[fe80::2]:2");
    ck_assert_ptr_null(selector_parse(text, &s));
    ck_assert_uint_eq(strlen(s.zone), ZONE_MAX - 1);
}
END_TEST

/* The host's own functions are the judges here; only their spelling of output is not wanted. */
static void check_against_host(const char *text)
{
    uint8_t v4[4], v6[16], mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    struct address address, again;
    bool taken = address_parse(text, strlen(text), &address);
    char back[ADDRESS_TEXT_MAX];

    if (inet_pton(AF_INET, text, v4) == 1) {
        ck_assert_msg(taken && address.family == FAMILY_V4, "%s", text);
        ck_assert_mem_eq(address.bytes, v4, 4);
    } else if (inet_pton(AF_INET6, text, v6) == 1) {
        ck_assert_msg(taken, "%s", text);
        if (!memcmp(v6, mapped, 12))
            ck_assert_msg(address.family == FAMILY_V4 && !memcmp(address.bytes, v6 + 12, 4), "%s",
                          text);
        else
            ck_assert_msg(address.family == FAMILY_V6 && !memcmp(address.bytes, v6, 16), "%s",
                          text);
    } else {
        ck_assert_msg(!taken, "%s", text);
    }
    if (!taken)
        return;
    address_format(&address, back);
    ck_assert_msg(address_parse(back, strlen(back), &again), "%s -> %s", text, back);
    ck_assert_mem_eq(&again, &address, sizeof(address));
}

START_TEST(addresses_are_read_as_the_host_reads_them)
{
    static const char letters[] = "0123456789abcdefABCF:::::::....%g";
    static const char *const whole[] = {
        "::",
        "::1",
        "1::",
        "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7::",
        "::2:3:4:5:6:7:8",
        "1::3:4:5:6:7:8",
        "::1.2.3.4",
        "::ffff:1.2.3.4",
        "64:ff9b::1.2.3.4",
        "1:2:3:4:5:6:1.2.3.4",
        "fe80::",
        "0.0.0.0",
        "255.255.255.255",
        "1::2:3:4:5:6:7:8",
    };

    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
        check_against_host(whole[i]);
    srand(1);
    for (int i = 0; i < 200000; i++) {
        char text[48];
        size_t length = (size_t)(rand() % 24);

        if (i % 2) { /* a good one with a change */
            strcpy(text, whole[(size_t)rand() % (sizeof(whole) / sizeof(whole[0]))]);
            text[(size_t)rand() % strlen(text)] = letters[(size_t)rand() % (sizeof(letters) - 1)];
        } else {
            for (size_t at = 0; at < length; at++)
                text[at] = letters[(size_t)rand() % (sizeof(letters) - 1)];
            text[length] = 0;
        }
        check_against_host(text);
    }
}
END_TEST

START_TEST(addresses_are_written_as_rfc_5952_says)
{
    static const char *const rows[][2] = {
        {"2001:0DB8::0001", "2001:db8::1"},
        {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"}, /* one group is not shortened */
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},          /* the longest run */
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},    /* the first of two */
        {"0:0:0:0:0:0:0:0", "::"},
        {"1:0:0:0:0:0:0:0", "1::"},
        {"0:0:0:0:0:0:0:1", "::1"},
        {"::ffff:1.2.3.4", "1.2.3.4"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct endpoint end = endpoint(rows[i][0], 1);
        char text[ADDRESS_TEXT_MAX];

        address_format(&end.address, text);
        ck_assert_str_eq(text, rows[i][1]);
    }
}
END_TEST

START_TEST(a_label_selects_what_it_labels)
{
    struct selector s = parsed("[fe80::1%eth0]:22-[fe80::2%eth0]:4000"), again;
    char text[2 * ENDPOINT_TEXT_MAX], remote[ENDPOINT_TEXT_MAX];

    endpoint_format(&s.local, s.zone, text);
    endpoint_format(&s.remote, "", remote);
    strcat(text, "-");
    strcat(text, remote);
    ck_assert_str_eq(text, "[fe80::1%eth0]:22-[fe80::2]:4000");
    again = parsed(text);
    ck_assert_mem_eq(&again, &s, sizeof(s));
    s = parsed("10.0.0.1%a:1-10.0.0.2:2");
    endpoint_format(&s.local, s.zone, text);
    ck_assert_str_eq(text, "10.0.0.1%a:1");
}
END_TEST

/* Any change of any selector is refused, or taken for something that can be written again. */
START_TEST(mutations_are_harmless)
{
    static const char *const seeds[] = {
        "127.0.0.1:5001-10.0.0.2:443",
        "[fe80::1%eth0]:22-[fe80::2%eth0]:4000",
        "[::ffff:1.2.3.4]:1-5.6.7.8:65535",
        "addr:[fe80::1%eth0],port:443,lport:1,rport:2,pid:4294967295,process:a,b",
    };
    unsigned taken = 0;

    srand(2);
    for (int i = 0; i < 300000; i++) {
        char text[128], again_text[2 * ENDPOINT_TEXT_MAX], remote[ENDPOINT_TEXT_MAX];
        size_t length, changes = 1 + (size_t)rand() % 3;
        struct selector s, again;

        strcpy(text, seeds[(size_t)rand() % (sizeof(seeds) / sizeof(seeds[0]))]);
        while (changes--) {
            length = strlen(text);
            if (rand() % 4 == 0 && length > 1)
                text[(size_t)rand() % length] = 0;
            else if (rand() % 3 == 0 && length + 1 < sizeof(text))
                memmove(text + 1, text, length + 1);
            else if (length)
                text[(size_t)rand() % length] = (char)(1 + rand() % 255);
        }
        if (selector_parse(text, &s) || !s.exact)
            continue;
        taken++;
        endpoint_format(&s.local, s.zone, again_text);
        endpoint_format(&s.remote, "", remote);
        strcat(again_text, "-");
        strcat(again_text, remote);
        ck_assert_msg(!selector_parse(again_text, &again), "'%s' -> '%s'", text, again_text);
        ck_assert(selector_matches(&again, &s.local, &s.remote));
    }
    ck_assert_uint_gt(taken, 1000);
}
END_TEST

SUITE("tcpestats selectors", 60, both_ends_name_one_connection,
      v6_ends_stand_in_brackets_and_may_have_a_zone, a_mapped_address_means_the_v4_address,
      conditions_must_all_hold, conditions_match_what_they_say, what_is_wrong_is_refused,
      huge_input_is_refused_or_taken_whole, addresses_are_read_as_the_host_reads_them,
      addresses_are_written_as_rfc_5952_says, a_label_selects_what_it_labels,
      mutations_are_harmless)
