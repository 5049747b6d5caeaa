/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sequence numbers: records have them from the connection's first byte on, and only the owner's
 * table says where on the wire that is.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"
#include "suite.h"

#define NEAR 3000u /* a word of a record that comes so close to one on the wire tells it */

static struct kit kit;
static struct net_pair pair;

/* The numbers on the wire: the end of what was written, and of what has been received. */
static void wire_numbers(int fd, uint32_t number[2])
{
    static const int queues[2] = {TCP_SEND_QUEUE, TCP_RECV_QUEUE};
    int on = 1, off = -1; /* -1: without a window probe */

    ck_assert_int_eq(setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)), 0);
    for (int i = 0; i < 2; i++) {
        socklen_t len = sizeof(number[i]);

        ck_assert_int_eq(
            setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, &queues[i], sizeof(queues[i])), 0);
        ck_assert_int_eq(getsockopt(fd, IPPROTO_TCP, TCP_QUEUE_SEQ, &number[i], &len), 0);
    }
    ck_assert_int_eq(setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &off, sizeof(off)), 0);
}

static void expect_right_starts(int fd, uint32_t slot, uint64_t epoch)
{
    struct programs_owner owner;
    struct te_collector_record r;
    uint32_t wire[2];

    ck_assert(programs_owner(kit.programs, slot, epoch, &owner));
    ck_assert_uint_eq(owner.uid, geteuid());
    ck_assert(owner.have_starts);
    r = kit_read(&kit, slot);
    wire_numbers(fd, wire);
    ck_assert_uint_eq(owner.snd_start + r.sock.write_seq, wire[0]);
    ck_assert_uint_eq(owner.rcv_start + r.sock.rcv_nxt, wire[1]);
    ck_assert_uint_eq(r.sock.snd_una, r.sock.bytes_acked);
    ck_assert_uint_eq(r.sock.rcv_nxt, r.sock.bytes_received);
}

static void expect_no_wire_numbers(int fd, uint32_t slot)
{
    struct te_collector_record r = kit_read(&kit, slot);
    uint32_t wire[2], word[sizeof(r) / sizeof(uint32_t)];

    wire_numbers(fd, wire);
    memcpy(word, &r, sizeof(r));
    for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++)
        for (int n = 0; n < 2; n++)
            ck_assert_msg(word[i] - wire[n] + NEAR > 2 * NEAR, "word %zu is %u, on the wire %u", i,
                          word[i], wire[n]);
}

static void talk(void)
{
    for (int i = 0; i < 20; i++) {
        net_transfer(pair.client, pair.server, 50);
        net_transfer(pair.server, pair.client, 50);
    }
    kit_settle(&pair);
}

START_TEST(records_show_nobody_the_numbers_on_the_wire)
{
    if (!kit_start(&kit))
        return;
    kit_connect(&kit, &pair, NULL);
    kit_enable(&kit, pair.client, 0, 1, EVERYTHING);
    kit_enable(&kit, pair.server, 1, 2, EVERYTHING);
    expect_no_wire_numbers(pair.client, 0);
    talk();
    expect_no_wire_numbers(pair.client, 0);
    expect_no_wire_numbers(pair.server, 1);
    kit_end(&kit);
}
END_TEST

START_TEST(the_owners_table_says_where_they_start)
{
    struct programs_owner owner;

    if (!kit_start(&kit))
        return;
    kit_connect(&kit, &pair, NULL);
    net_transfer(pair.server, pair.client, 777);
    kit_wait_acked(pair.server);
    kit_enable(&kit, pair.client, 0, 1, ON_DATA);
    kit_enable(&kit, pair.server, 1, 2, ON_DATA);
    expect_right_starts(pair.client, 0, 1);
    expect_right_starts(pair.server, 1, 2);
    ck_assert(!programs_owner(kit.programs, 0, 2, &owner));
    talk();
    kit_enable(&kit, pair.client, 0, 1, ON_DATA); /* looks again */
    kit_enable(&kit, pair.server, 1, 2, ON_DATA);
    expect_right_starts(pair.client, 0, 1);
    expect_right_starts(pair.server, 1, 2);
    kit_end(&kit);
}
END_TEST

START_TEST(a_socket_is_its_users)
{
    struct programs_owner owner;

    if (!kit_start(&kit))
        return;
    kit_connect(&kit, &pair, NULL);
    ck_assert_int_eq(fchown(pair.client, 4242, (gid_t)-1), 0);
    kit_enable(&kit, pair.client, 0, 1, ON_DATA);
    ck_assert(programs_owner(kit.programs, 0, 1, &owner));
    ck_assert_uint_eq(owner.uid, 4242);
    kit_end(&kit);
}
END_TEST

SUITE("sequence", 300, records_show_nobody_the_numbers_on_the_wire,
      the_owners_table_says_where_they_start, a_socket_is_its_users)
