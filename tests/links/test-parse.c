/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is read out of the kernel's messages, recorded and made up. */
#include <errno.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "kinds.h"
#include "message.h"
#include "parse.h"
#include "suite.h"

#define UP (IFF_UP | IFF_RUNNING | IFF_LOWER_UP)
#define P2P IFF_POINTOPOINT

static int parse(const struct described *link, struct lk_message *m)
{
    struct nl_msg *msg = message_make(link);
    int result = lk_parse(msg, m);

    nlmsg_free(msg);
    return result;
}

START_TEST(a_recorded_tun_reads_as_what_went_through_it)
{
    static uint8_t bytes[4096];
    FILE *file = fopen("tests/links/corpus/tun-6.18", "rbe");
    struct lk_message m;
    struct nl_msg *msg;
    size_t size;

    ck_assert_ptr_nonnull(file);
    size = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    msg = message_read(bytes, size);
    ck_assert_ptr_nonnull(msg);
    ck_assert_int_eq(lk_parse(msg, &m), 0);
    nlmsg_free(msg);
    ck_assert_str_eq(m.name, "tun0");
    ck_assert_str_eq(m.kind, "tun");
    ck_assert_uint_eq(m.index, 2);
    ck_assert_uint_eq(m.type, ARPHRD_NONE);
    ck_assert_uint_eq(m.counter[LK_RX_PACKETS], 3);
    ck_assert_uint_eq(m.counter[LK_RX_BYTES], 300);
    ck_assert_uint_eq(m.counter[LK_TX_PACKETS], 2);
    ck_assert_uint_eq(m.counter[LK_TX_BYTES], 2 * 528);
    ck_assert(lk_is_connected(&m));
    ck_assert_ptr_nonnull(lk_kind_of(&m, NULL));
}
END_TEST

START_TEST(each_counter_comes_from_its_own_place_at_full_width)
{
    struct described link = {
        .name = "wg0", .kind = "wireguard", .index = 7, .flags = UP | P2P, .type = ARPHRD_NONE};
    struct lk_message m;

    link.stats = (struct rtnl_link_stats64){
        .rx_packets = UINT64_C(1) << 33 | 1,
        .tx_packets = UINT64_C(2) << 33 | 2,
        .rx_bytes = UINT64_C(3) << 33 | 3,
        .tx_bytes = UINT64_C(4) << 33 | 4,
        .rx_errors = 1000,
        .tx_errors = 1001,
        .rx_dropped = 1002,
        .tx_dropped = 1003,
        .multicast = 1004,
        .collisions = 1005,
        .rx_length_errors = 5,
        .rx_over_errors = 6,
        .rx_crc_errors = 7,
        .rx_frame_errors = 8,
        .rx_fifo_errors = 9,
        .rx_missed_errors = 1006,
        .tx_aborted_errors = 1007,
        .tx_carrier_errors = 1008,
        .tx_fifo_errors = 1009,
        .tx_heartbeat_errors = 1010,
        .tx_window_errors = 1011,
    };
    ck_assert_int_eq(parse(&link, &m), 0);
    ck_assert_uint_eq(m.counter[LK_RX_PACKETS], UINT64_C(1) << 33 | 1);
    ck_assert_uint_eq(m.counter[LK_TX_PACKETS], UINT64_C(2) << 33 | 2);
    ck_assert_uint_eq(m.counter[LK_RX_BYTES], UINT64_C(3) << 33 | 3);
    ck_assert_uint_eq(m.counter[LK_TX_BYTES], UINT64_C(4) << 33 | 4);
    ck_assert_uint_eq(m.counter[LK_RX_LENGTH_ERR], 5);
    ck_assert_uint_eq(m.counter[LK_RX_OVER_ERR], 6);
    ck_assert_uint_eq(m.counter[LK_RX_CRC_ERR], 7);
    ck_assert_uint_eq(m.counter[LK_RX_FRAME_ERR], 8);
    ck_assert_uint_eq(m.counter[LK_RX_FIFO_ERR], 9);
}
END_TEST

START_TEST(old_kernels_counters_of_32_bits_do)
{
    struct described link = {.name = "ppp0",
                             .kind = NULL,
                             .index = 7,
                             .flags = UP | P2P,
                             .type = ARPHRD_PPP,
                             .old_stats = true};
    struct lk_message m;

    link.stats.rx_bytes = 123456;
    link.stats.tx_packets = 99;
    ck_assert_int_eq(parse(&link, &m), 0);
    ck_assert_uint_eq(m.counter[LK_RX_BYTES], 123456);
    ck_assert_uint_eq(m.counter[LK_TX_PACKETS], 99);
}
END_TEST

/* NULL for device: it is no connection. */
static const struct {
    struct described link;
    const char *device, *type, *devtype;
} kinds[] = {
    {{.kind = "wireguard", .type = ARPHRD_NONE, .flags = P2P | IFF_NOARP}, "WireGuard", "vpn", ""},
    {{.kind = "ppp", .type = ARPHRD_PPP, .flags = P2P | IFF_NOARP}, "PPP", "modem", ""},
    {{.kind = NULL, .type = ARPHRD_PPP, .flags = P2P}, "PPP", "modem", ""},
    {{.kind = "tun", .type = ARPHRD_NONE, .flags = P2P}, "TUN", "vpn", ""},
    {{.kind = "tun", .type = ARPHRD_ETHER, .flags = IFF_BROADCAST}, "TUN", "vpn", ""},
    {{.kind = "tun", .type = ARPHRD_ETHER, .master = 4}, NULL, NULL, ""},
    /* a VPN in a VRF */
    {{.kind = "tun", .type = ARPHRD_NONE, .master = 4, .flags = P2P}, "TUN", "vpn", ""},
    {{.kind = NULL, .type = ARPHRD_ETHER}, "L2TP", "vpn", "l2tpeth"},
    {{.kind = NULL, .type = ARPHRD_ETHER}, NULL, NULL, "wlan"},
    {{.kind = NULL, .type = ARPHRD_ETHER}, NULL, NULL, ""},
    {{.kind = NULL, .type = ARPHRD_ETHER, .name = "l2tpeth3"}, "L2TP", "vpn", NULL},
    {{.kind = NULL, .type = ARPHRD_ETHER, .name = "eth0"}, NULL, NULL, NULL},
    {{.kind = "gre", .type = ARPHRD_IPGRE, .flags = P2P}, "GRE", "vpn", ""},
    {{.kind = "gre", .type = ARPHRD_IPGRE, .flags = 0, .name = "gre0"}, NULL, NULL, ""},
    {{.kind = "ip6gre", .type = ARPHRD_IP6GRE, .flags = P2P}, "GRE", "vpn", ""},
    {{.kind = "ipip", .type = ARPHRD_TUNNEL, .flags = P2P}, "IPIP", "vpn", ""},
    {{.kind = "ipip", .type = ARPHRD_TUNNEL, .flags = 0, .name = "tunl0"}, NULL, NULL, ""},
    {{.kind = "sit", .type = ARPHRD_SIT, .flags = P2P}, "SIT", "vpn", ""},
    {{.kind = "sit", .type = ARPHRD_SIT, .flags = 0, .name = "sit0"}, NULL, NULL, ""},
    {{.kind = "ip6tnl", .type = ARPHRD_TUNNEL6, .flags = P2P}, "IP6TNL", "vpn", ""},
    {{.kind = "vti", .type = ARPHRD_TUNNEL, .flags = P2P}, "IPsec", "vpn", ""},
    {{.kind = "vti6", .type = ARPHRD_TUNNEL6, .flags = P2P}, "IPsec", "vpn", ""},
    {{.kind = "xfrm", .type = ARPHRD_NONE, .flags = IFF_NOARP}, "IPsec", "vpn", ""},
    {{.kind = "ovpn", .type = ARPHRD_NONE, .flags = P2P}, "OpenVPN", "vpn", ""},
    {{.kind = "veth", .type = ARPHRD_ETHER}, NULL, NULL, ""},
    {{.kind = "bridge", .type = ARPHRD_ETHER}, NULL, NULL, ""},
    {{.kind = "wireguardian", .type = ARPHRD_NONE}, NULL, NULL, ""},
    {{.kind = NULL, .type = ARPHRD_LOOPBACK, .name = "lo"}, NULL, NULL, ""},
};

START_TEST(a_kind_decides_what_is_a_connection)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct described link = kinds[i].link;
        const struct lk_kind *kind;
        struct lk_message m;

        link.index = 9;
        link.name = link.name ? link.name : "x0";
        link.flags |= UP;
        ck_assert_int_eq(parse(&link, &m), 0);
        kind = lk_kind_of(&m, kinds[i].devtype);
        ck_assert_msg(!kind == !kinds[i].device, "row %zu (%s)", i, link.kind ? link.kind : "-");
        if (kind) {
            ck_assert_str_eq(kind->device_name, kinds[i].device);
            ck_assert_str_eq(lk_device_type(kind->device), kinds[i].type);
        }
    }
}
END_TEST

START_TEST(a_link_that_is_down_or_without_carrier_is_not_connected)
{
    static const struct {
        uint32_t flags;
        bool connected;
    } rows[] = {{0, false},
                {IFF_UP, false},
                {IFF_UP | IFF_RUNNING, false},
                {IFF_RUNNING | IFF_LOWER_UP, false},
                {IFF_UP | IFF_LOWER_UP, true}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_int_eq(lk_is_connected(&(struct lk_message){.flags = rows[i].flags}),
                         rows[i].connected);
}
END_TEST

START_TEST(what_is_no_link_of_ours_is_refused_and_writes_nothing)
{
    static const struct described bad[] = {
        {.name = NULL, .kind = "tun", .index = 1},
        {.name = "", .kind = "tun", .index = 1},
        {.name = "x0", .kind = "tun", .index = 0},
        {.name = ".", .kind = "tun", .index = 1},
        {.name = "..", .kind = "tun", .index = 1},
        {.name = "../../x", .kind = "tun", .index = 1},
        {.name = "a-name-of-16-char", .kind = "tun", .index = 1},
    };
    struct lk_message m, untouched;
    struct nl_msg *msg;

    memset(&m, 0x5a, sizeof(m));
    untouched = m;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ck_assert_msg(parse(&bad[i], &m) == -EBADMSG, "row %zu", i);
        ck_assert_mem_eq(&m, &untouched, sizeof(m));
    }
    msg = message_make(&(struct described){.name = "x0", .kind = "tun", .index = 1});
    nlmsg_hdr(msg)->nlmsg_type = RTM_DELLINK;
    ck_assert_int_eq(lk_parse(msg, &m), -EBADMSG);
    nlmsg_hdr(msg)->nlmsg_type = RTM_NEWLINK;
    ((struct ifinfomsg *)nlmsg_data(nlmsg_hdr(msg)))->ifi_family = AF_BRIDGE;
    ck_assert_int_eq(lk_parse(msg, &m), -EBADMSG);
    nlmsg_hdr(msg)->nlmsg_len = NLMSG_LENGTH(4);
    ck_assert_int_eq(lk_parse(msg, &m), -EBADMSG);
    nlmsg_free(msg);
    ck_assert_mem_eq(&m, &untouched, sizeof(m));
}
END_TEST

SUITE("link messages", 20, a_recorded_tun_reads_as_what_went_through_it,
      each_counter_comes_from_its_own_place_at_full_width, old_kernels_counters_of_32_bits_do,
      a_kind_decides_what_is_a_connection, a_link_that_is_down_or_without_carrier_is_not_connected,
      what_is_no_link_of_ours_is_refused_and_writes_nothing)
