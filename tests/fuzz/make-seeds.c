/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes the seed corpora: usage: make-seeds DIRECTORY. Every file in the tree whose name begins
 * with "seed-" is made by this; the others are what a fuzzer found worth keeping.
 */
#include <arpa/inet.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>

#include "fuzz.h"
#include "kernel/snapshot.h"

static const char *root;

struct seed {
    uint8_t bytes[4096];
    size_t size;
};

static void add(struct seed *seed, const void *data, size_t size)
{
    MUST(seed->size + size <= sizeof(seed->bytes));
    memcpy(seed->bytes + seed->size, data, size);
    seed->size += size;
}

static void add_8(struct seed *seed, unsigned value)
{
    add(seed, &(uint8_t){(uint8_t)value}, 1);
}

static void add_16(struct seed *seed, unsigned value)
{
    add(seed, &(uint16_t){(uint16_t)value}, 2);
}

static void add_32(struct seed *seed, uint32_t value)
{
    add(seed, &value, 4);
}

__attribute__((format(printf, 2, 3))) static void save(struct seed *seed, const char *format, ...)
{
    char path[512], name[128];
    va_list args;
    FILE *file;

    va_start(args, format);
    vsnprintf(name, sizeof(name), format, args);
    va_end(args);
    snprintf(path, sizeof(path), "%s/%s", root, name);
    *strrchr(path, '/') = '\0';
    mkdir(path, 0777);
    path[strlen(path)] = '/';
    file = fopen(path, "wb");
    MUST(file && fwrite(seed->bytes, 1, seed->size, file) == seed->size && !fclose(file));
    seed->size = 0;
}

/* --- replies of the kernel --- */

/* An established connection in mid-transfer, grown for each further reply. */
static struct te_tcp_info info_at(unsigned moment)
{
    return (struct te_tcp_info){
        .tcpi_state = TE_ESTABLISHED,
        .tcpi_ca_state = moment % 5,
        .tcpi_retransmits = moment == 4,
        .tcpi_options = TE_OPT_TIMESTAMPS | TE_OPT_SACK | TE_OPT_WSCALE,
        .tcpi_wscale = 0x77,
        .tcpi_rto = 204000 + moment,
        .tcpi_snd_mss = 1448,
        .tcpi_rcv_mss = 536,
        .tcpi_unacked = moment % 3,
        .tcpi_pmtu = 1500,
        .tcpi_rcv_ssthresh = 64088,
        .tcpi_rtt = 1000 + 100 * moment,
        .tcpi_rttvar = 500,
        .tcpi_snd_ssthresh = moment > 2 ? 7 : TE_INFINITE_SSTHRESH,
        .tcpi_snd_cwnd = 10 + moment,
        .tcpi_advmss = 1448,
        .tcpi_rcv_rtt = 1000,
        .tcpi_bytes_acked = 1 + UINT64_C(1000000) * moment,
        .tcpi_bytes_received = UINT64_C(5000) * moment,
        .tcpi_segs_out = 1000 * moment,
        .tcpi_segs_in = 700 * moment,
        .tcpi_min_rtt = 900,
        .tcpi_data_segs_out = 990 * moment,
        .tcpi_data_segs_in = 5 * moment,
        .tcpi_delivery_rate = 12500000,
        .tcpi_busy_time = 10000 * moment,
        .tcpi_rwnd_limited = 1000 * moment,
        .tcpi_bytes_sent = UINT64_C(1001000) * moment,
        .tcpi_bytes_retrans = 1000 * moment,
        .tcpi_snd_wnd = 65536,
        .tcpi_rcv_wnd = 65536,
        .tcpi_total_rto = moment == 4,
    };
}

static void add_attribute(struct seed *message, unsigned type, const void *data, size_t size)
{
    static const uint8_t padding[4];
    struct nlattr attr = {.nla_len = (uint16_t)(NLA_HDRLEN + size), .nla_type = (uint16_t)type};

    add(message, &attr, sizeof(attr));
    add(message, data, size);
    add(message, padding, NLA_ALIGN(size) - size);
}

static void add_reply(struct seed *seed, unsigned family, unsigned state, size_t info_len,
                      unsigned moment)
{
    static const uint32_t skmem[TE_SKMEM_COUNT] = {0, 131072, 0, 87040, 0, 1024, 2048, 0, 0};
    struct te_tcp_info info = info_at(moment);
    struct inet_diag_msg body = {
        .idiag_family = (uint8_t)family,
        .idiag_state = (uint8_t)state,
        .id = {.idiag_sport = htons(40000), .idiag_dport = htons(443), .idiag_cookie = {17, 1}},
        .idiag_rqueue = moment,
        .idiag_wqueue = moment * 1448,
        .idiag_inode = 4711,
    };
    struct nlmsghdr head = {.nlmsg_type = SOCK_DIAG_BY_FAMILY};
    struct seed message = {.size = 0};

    body.id.idiag_src[0] = body.id.idiag_dst[0] = htonl(family == AF_INET ? 0x7f000001
                                                                          : 0xfe800000);
    body.id.idiag_dst[3] = htonl(2);
    add(&message, &head, sizeof(head));
    add(&message, &body, sizeof(body));
    add_attribute(&message, INET_DIAG_SHUTDOWN, &(uint8_t){0}, 1);
    if (moment % 2)
        add_attribute(&message, INET_DIAG_SKMEMINFO, skmem, sizeof(skmem));
    if (info_len)
        add_attribute(&message, INET_DIAG_INFO, &info, info_len);
    add_attribute(&message, INET_DIAG_CONG, "cubic", 6);
    head.nlmsg_len = (uint32_t)message.size;
    memcpy(message.bytes, &head, sizeof(head));
    add_16(seed, (unsigned)message.size);
    add(seed, message.bytes, message.size);
}

static void diag_seeds(void)
{
    /* Lengths of tcp_info: 2.6.10, 3.15, 4.1, 4.2, 4.6, 4.9, 4.10, 4.18, 4.19, 5.4, 6.2, 6.7, 6.18
     */
    static const unsigned lengths[] = {104, 120, 136, 144, 160, 168, 192,
                                       200, 224, 232, 240, 248, 280};
    struct seed seed = {.size = 0};

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        add_32(&seed, 0x800001fe);
        add_16(&seed, 20 << 8);
        for (unsigned moment = 1; moment <= 3; moment++)
            add_reply(&seed, AF_INET, TE_ESTABLISHED, lengths[i], moment);
        save(&seed, "diag/seed-info-%u", lengths[i]);
    }
    for (unsigned state = TE_ESTABLISHED; state <= TE_CLOSING; state++) {
        add_32(&seed, 0x800001fe);
        add_16(&seed, state % 3 | 20 << 8);
        for (unsigned moment = 1; moment <= 5; moment += 2)
            add_reply(&seed, AF_INET6, state, moment == 3 ? 0 : 280, moment);
        save(&seed, "diag/seed-state-%u", state);
    }
}

/* --- programs for the memory; the numbers of the steps are those of fuzz-memory.c --- */

enum {
    READ,
    UPDATE = 2,
    MANY = 4,
    WRITE,
    FILL,
    LENGTH,
    SLOT,
    LOCK,
    DISTURB,
    CLOSE,
    SECOND,
    VERDICT,
    REPLACE,
    FORGE
};

static void memory_seeds(void)
{
    static const uint8_t on_other = 16; /* added to a step: by the other handle */
    struct seed seed = {.size = 0};
    const uint8_t simple[] = {UPDATE, 1,    READ, 1, READ + on_other, 1, UPDATE + on_other,
                              1,      READ, 1};
    const uint8_t growth[] = {MANY, 255, MANY + on_other, 255, READ, 3, CLOSE, MANY, 200};
    const uint8_t dead[] = {VERDICT, 1, MANY, 255, VERDICT, 0, MANY, 255, READ, 1};
    const uint8_t header[] = {UPDATE, 1, WRITE, 8, 0, 4, 9, 9, 9, 9, SECOND, READ, 1, UPDATE, 2};
    const uint8_t noise[] = {MANY, 60, FILL, 0, 16, 0xa5, 200, READ, 1, UPDATE, 1, READ + 16, 1};
    const uint8_t zeroes[] = {MANY, 60, FILL, 0, 16, 0, 220, READ, 1, UPDATE, 1};
    const uint8_t length[] = {UPDATE, 1, LENGTH, 0, 16,     READ, 1, UPDATE, 1, LENGTH, 0xff, 0xff,
                              READ,   1, UPDATE, 2, LENGTH, 0,    0, UPDATE, 3};
    const uint8_t moved[] = {MANY, 40, SLOT, 9,    10, SLOT, 10,   60, READ,   1,
                             SLOT, 3,  4,    SLOT, 1,  2,    READ, 2,  UPDATE, 2};
    const uint8_t locks[] = {UPDATE, 1,    MANY, 26,   LOCK, 3,  9,         0,  0,    0,
                             5,      0,    0,    0,    LOCK, 4,  2,         0,  0,    0,
                             0xff,   0xff, 0xff, 0xff, MANY, 26, MANY + 16, 26, READ, 1};
    const uint8_t names[] = {
        UPDATE, 1, DISTURB, 0, READ, 1, UPDATE, 1, DISTURB, 1, READ, 1, SECOND, READ, 1,
        UPDATE, 1, DISTURB, 2, READ, 1, UPDATE, 1, DISTURB, 3, READ, 1, UPDATE, 1};
    const uint8_t forged[] = {MANY, 20, WRITE, 0, 16,    24, 1,     1, 1,    1, 1,    1,  1,
                              1,    1,  1,     1, 1,     1,  1,     1, 1,    1, 1,    1,  1,
                              1,    1,  1,     1, FORGE, 0,  FORGE, 1, READ, 1, MANY, 200};
    const uint8_t slots[] = {UPDATE, 1, FORGE, 0x80, 16, 0, 0, 0, CLOSE, READ,   1,
                             UPDATE, 1, FORGE, 0x80, 9,  0, 0, 0, CLOSE, UPDATE, 1};
    const uint8_t replaced[] = {UPDATE, 1, REPLACE, 'n', 'o', 'n', 's', 'e', 'n', 's', 'e'};
    const struct {
        const char *name;
        const uint8_t *bytes;
        size_t size;
    } programs[] = {
#define PROGRAM(name) {#name, name, sizeof(name)}
        PROGRAM(simple), PROGRAM(growth), PROGRAM(dead),     PROGRAM(header), PROGRAM(noise),
        PROGRAM(zeroes), PROGRAM(length), PROGRAM(moved),    PROGRAM(names),  PROGRAM(forged),
        PROGRAM(slots),  PROGRAM(locks),  PROGRAM(replaced),
    };

    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        add(&seed, programs[i].bytes, programs[i].size);
        save(&seed, "memory/seed-%s", programs[i].name);
    }
}

/* --- records --- */

/* Sizes of what the target takes: a memory (te_carry, te_track), and a record's copy, of which
   head.live is at 4, epoch at 8, time_ns at 88. */
enum { MEMORY = 1120, COPY = 696, LIVE = 4, EPOCH = 8, TIME = 88 };

static void add_record(struct seed *seed, uint8_t epoch, uint8_t fill)
{
    uint8_t copy[COPY];

    for (unsigned i = 0; i < COPY; i++)
        copy[i] = fill ? (uint8_t)(fill + i / 8 % 5) : 0;
    memset(copy, 0, TIME + 8);
    copy[LIVE] = 1;
    copy[EPOCH] = epoch;
    copy[TIME] = fill + 1;
    add(seed, copy, sizeof(copy));
}

static void record_seeds(void)
{
    struct seed seed = {.size = 0};
    const struct {
        const char *name;
        uint8_t memory, features;
        uint16_t info_len;
        uint8_t epochs[3], fills[3];
    } kinds[] = {
        {"fresh", 0, 0xff, 280, {1, 1, 1}, {1, 2, 3}},
        {"daemons", 0, 0xff, 248, {1, 2, 3}, {9, 1, 0}},
        {"older-copies", 0, 0xff, 232, {1, 1, 1}, {200, 100, 50}},
        {"extremes", 0xff, 0xff, 280, {0xff, 0xff, 1}, {0xfb, 0xfb, 0xfb}},
        {"core", 3, 1, 104, {7, 7, 8}, {4, 4, 4}},
    };

    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        add_32(&seed, 0x800001fe);
        add_8(&seed, kinds[k].features);
        add_16(&seed, kinds[k].info_len);
        for (unsigned i = 0; i < MEMORY; i++)
            add_8(&seed, kinds[k].memory);
        for (unsigned i = 0; i < 3; i++)
            add_record(&seed, kinds[k].epochs[i], kinds[k].fills[i]);
        save(&seed, "record/seed-%s", kinds[k].name);
    }
}

/* --- text --- */

static void select_seeds(void)
{
    static const char *const texts[] = {
        "10.0.0.1:5001-10.0.0.2:443",
        "[fe80::1%eth0]:5001-[fe80::2%eth0]:443",
        "[::ffff:10.0.0.1]:1-10.0.0.2:65535",
        "[2001:db8:0:0:1::]:80-[::]:1",
        "addr:10.0.0.1,lport:5001,rport:443",
        "addr:[fe80::1%eth0],port:65536",
        "addr:::1,pid:4294967296",
        "process:a, b: \"c\"\x1b[2J\xc3\xbc\xff",
    };
    struct seed seed = {.size = 0};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        add(&seed, texts[i], strlen(texts[i]));
        save(&seed, "select/seed-%zu", i);
    }
}

static void json_seeds(void)
{
    static const char *const strings[] = {
        "", "\"\\/\b\f\n\r\t", "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80",
        "\xed\xa0\x80\xc0\xaf\xff\xe2\x82", "\x1b[2J\xc2\x9b\x7f"};
    struct seed seed = {.size = 0};

    /* Arrays in arrays, with two values each. */
    add_16(&seed, 0);
    for (unsigned depth = 0; depth < 20; depth++)
        add(&seed, (uint8_t[]){6, 6, 2}, 3);
    add(&seed, (uint8_t[]){0, 0, 0, 6, 0, 6}, 6);
    save(&seed, "json/seed-deep");
    for (unsigned lines = 0; lines < 2; lines++) {
        add_16(&seed, lines | 1 << 8);
        for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
            add_8(&seed, 3);
            add(&seed, strings[i], strlen(strings[i]) + 1); /* as a key */
            add(&seed, strings[i], strlen(strings[i]) + 1);
        }
        add(&seed,
            "\x04n\0\xff\xff\xff\xff\xff\xff\xff\xff\x05t\0\x01\x06z\0\x01o\0\x02"
            "a\0\x00",
            26);
        save(&seed, "json/seed-strings-%u", lines);
        add_16(&seed, lines);
        for (unsigned cls = 0; cls < 9; cls++) {
            add_8(&seed, 7);
            add_32(&seed, cls | 1u << 8 * (cls % 4));
            add_8(&seed, cls & 1);
            for (unsigned i = 0; i < 40; i++)
                add_16(&seed, (i % 6) * 0x0101);
            for (unsigned i = 0; i < 176; i++)
                add_8(&seed, cls % 2 ? 0xff : i);
        }
        save(&seed, "json/seed-classes-%u", lines);
    }
}

/* --- arguments --- */

static void check_seeds(void)
{
    struct seed seed = {.size = 0};

    for (unsigned cls = 0; cls < 10; cls++) {
        add_16(&seed, 14 | cls << 8); /* Get, 64 bits, row and helper there */
        add_8(&seed, 1);
        add_8(&seed, cls % 2 ? 1 : 9);
        add_8(&seed, 1);
        save(&seed, "check/seed-get-%u", cls);
        add_16(&seed, 13 | cls << 8); /* Set, 32 bits */
        add_16(&seed, 0 | 1 << 8);
        add_32(&seed, cls - 1);
        save(&seed, "check/seed-set-%u", cls);
    }
}

/* --- links --- */

#define LINK_RECORD 112 /* sizeof(struct lk_record) */

/* The message after its nlmsghdr. */
static void link_message(struct seed *seed, const char *name, const char *kind, unsigned type)
{
    struct ifinfomsg head = {.ifi_family = AF_UNSPEC,
                             .ifi_type = (unsigned short)type,
                             .ifi_index = 7,
                             .ifi_flags = IFF_UP | IFF_RUNNING | IFF_POINTOPOINT | IFF_LOWER_UP};
    struct rtnl_link_stats64 stats = {.rx_packets = 3, .tx_packets = 2, .rx_bytes = 300};
    uint8_t info[64];
    size_t length = strlen(kind) + 1;

    add_16(seed, 0 | 1 << 8);
    add(seed, &head, sizeof(head));
    add_attribute(seed, IFLA_IFNAME, name, strlen(name) + 1);
    add_attribute(seed, IFLA_MASTER, &(uint32_t){0}, 4);
    add_attribute(seed, IFLA_STATS64, &stats, sizeof(stats));
    if (length == 1)
        return;
    memset(info, 0, sizeof(info));
    memcpy(info, &(uint16_t[2]){(uint16_t)(length + 4), IFLA_INFO_KIND}, 4);
    memcpy(info + 4, kind, length);
    add_attribute(seed, IFLA_LINKINFO, info, (length + 4 + 3) & ~(size_t)3);
}

static void link_seeds(void)
{
    static const char *const kinds[] = {"tun", "wireguard", "ppp",  "gre",  "ipip",  "sit",
                                        "vti", "xfrm",      "ovpn", "veth", "ip6tnl"};
    const uint64_t head[] = {UINT64_C(0x316b6e696c7473ff), UINT64_C(2) << 32 | LINK_RECORD, 1, 2,
                             0};
    struct seed seed = {.size = 0};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        link_message(&seed, "vpn0", kinds[i], ARPHRD_NONE);
        save(&seed, "links/seed-%s", kinds[i]);
    }
    link_message(&seed, "ppp0", "", ARPHRD_PPP);
    save(&seed, "links/seed-ppp-old");
    link_message(&seed, "l2tpeth0", "", ARPHRD_ETHER);
    save(&seed, "links/seed-l2tp");
    link_message(&seed, "../x", "tun", ARPHRD_NONE);
    save(&seed, "links/seed-bad-name");
    /* A file of two records, and none. */
    add_16(&seed, 1);
    add(&seed, head, sizeof(head));
    for (unsigned i = 0; i < 2 * LINK_RECORD / 4; i++)
        add_32(&seed, i);
    save(&seed, "links/seed-file");
}

/* --- the collector's socket; the numbers of the steps are those of fuzz-collector.c --- */

enum { DIED, DIED_UNSEEN, TICK, AGAIN, SHOWS, SAYS };

/* A peer's next step: how the message is made, and its serial, which chooses the cookie, too. */
static void say(struct seed *seed, unsigned peer, unsigned how, unsigned serial, unsigned classes)
{
    add(seed,
        (uint8_t[]){(uint8_t)(SAYS + 8 * peer), (uint8_t)how, (uint8_t)serial, (uint8_t)classes},
        4);
}

static void collector_seeds(void)
{
    enum { HELLO = 0x10, ENABLE = 0x11, DISABLE = 0x12, STATUS = 0x13 };
    struct seed seed = {.size = 0};

    for (unsigned peer = 0; peer < 4; peer++)
        say(&seed, peer, HELLO, peer, 0);
    for (unsigned cookie = 1; cookie < 9; cookie++) {
        say(&seed, cookie % 4, ENABLE, cookie, cookie % 3);
        say(&seed, (cookie + 1) % 4, ENABLE, cookie, 1);
    }
    for (unsigned cookie = 1; cookie < 9; cookie++)
        say(&seed, cookie % 4, DISABLE, cookie, 3);
    save(&seed, "collector/seed-full");
    say(&seed, 0, HELLO, 0, 0);
    for (unsigned i = 0; i < 20; i++) {
        say(&seed, 0, ENABLE, 1 + i % 5, i % 8);
        add_8(&seed, (i % 3) + 8 * (i % 6));
        say(&seed, 0, STATUS, 0, 0);
    }
    save(&seed, "collector/seed-deaths");
    say(&seed, 1, HELLO, 0, 0);
    for (unsigned error = 0; error < 4; error++) {
        say(&seed, 1, (ENABLE & 3) | error << 2, 7, 0);
        say(&seed, 1, ENABLE, 7, 1);
        for (unsigned slot = 0; slot < 6; slot++)
            add_8(&seed, SHOWS + 8 * slot);
        say(&seed, 1, (DISABLE & 3) | error << 2, 7, 3);
        add_8(&seed, TICK);
        say(&seed, 1, (ENABLE & 3) | error << 2, 8, 0);
        add_8(&seed, TICK);
    }
    add_8(&seed, AGAIN + 8);
    say(&seed, 1, ENABLE, 7, 0);
    save(&seed, "collector/seed-errors");
    for (unsigned size = 0; size < 200; size += 19) {
        add(&seed, (uint8_t[]){SAYS, 0x80, (uint8_t)size}, 3);
        for (unsigned i = 0; i < size; i++)
            add_8(&seed, size + i);
    }
    save(&seed, "collector/seed-garbage");
}

/* --- recordings; where the first byte is no brace, a header stands before it --- */

static void recording_seeds(void)
{
    static const char *const lines[] = {
        "{\"type\":\"sample\",\"interval\":1,\"time_ns\":5,\"id\":1,\"local\":\"10.0.0.1:5001\","
        "\"remote\":\"10.0.0.2:443\",\"interface\":\"eth0\",\"state\":\"ESTABLISHED\","
        "\"uid\":1000,\"user\":\"a\",\"cgroup\":\"/b/c\",\"processes\":"
        "[{\"pid\":7,\"name\":\"a\"}],\"enabled\":[\"Data\",\"BandwidthInbound\"],"
        "\"Data_DataBytesOut\":100,\"Path_MinRtt\":null,\"Bandwidth_OutboundBandwidthPeaked\":true,"
        "\"unknown\":{\"Path_MinRtt\":\"nothing measured yet\"}}",
        "{\"type\":\"sample\",\"interval\":2,\"time_ns\":20000000,\"id\":1,"
        "\"Data_DataBytesOut\":18446744073709551615,\"Path_MinRtt\":4294967295,\"origin\":"
        "{\"Path_MinRtt\":{\"fidelity\":\"derived\",\"backend\":\"collector\",\"source\":\"y\"}}}",
        "{\"type\":\"tick\",\"interval\":900,\"time_ns\":9000000000}",
        ("{\"type\":\"sample\",\"interval\":901,\"time_ns\":9010000000,\"id\":2,"
         "\"local\":\"[fe80::1]:1\",\"remote\":\"[fe80::2]:2\",\"processes\":null}"),
        "{\"type\":\"end\",\"interval\":902,\"time_ns\":9020000000,\"id\":1,\"ending\":\"reset\","
        "\"Data_DataBytesOut\":200}",
        "{\"type\":\"finish\",\"interval\":902,\"time_ns\":18446744073709551615,\"why\":\"x\"}",
    };
    static const char later[] = "{\"type\":\"header\",\"schema\":\"tcpestats-recording/2\"}\n";
    struct seed seed = {.size = 0};

    add_8(&seed, '\n');
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        add(&seed, lines[i], strlen(lines[i]));
        add_8(&seed, '\n');
    }
    save(&seed, "recording/seed-lines");
    /* Two and three of the first, of which the second has no end. */
    for (size_t count = 1; count < 4; count++) {
        for (size_t i = 0; i < count; i++) {
            add(&seed, " ", 1);
            add(&seed, lines[i], strlen(lines[i]) - (i == 2 ? 9 : 0));
            add(&seed, "\n", i + 1 < count ? 1 : 0);
        }
        save(&seed, "recording/seed-cut-%zu", count);
    }
    for (size_t i = 0; i < 40; i++)
        add_8(&seed, i % 2 ? '[' : ' ');
    save(&seed, "recording/seed-deep");
    add(&seed, later, sizeof(later) - 1);
    save(&seed, "recording/seed-later");
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: make-seeds DIRECTORY\n");
        return 2;
    }
    root = argv[1];
    mkdir(root, 0777);
    diag_seeds();
    memory_seeds();
    record_seeds();
    select_seeds();
    json_seeds();
    check_seeds();
    link_seeds();
    collector_seeds();
    recording_seeds();
    return 0;
}
