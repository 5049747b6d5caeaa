/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program that closes every descriptor it does not know, as daemons do when they begin. It should
 * not do so between two calls, but where it has, the next call opens what it needs again.
 */
#include <fcntl.h>

#include "kit.h"

#define NUMBERS 256

static struct net_pair pair;
static struct tcpestats *te;

static void use_all(unsigned round)
{
    struct tcpestats_conn conn = kit_conn(round & 1 ? &pair.client_tuple : &pair.server_tuple);
    static struct tcpestats_sample sample;

    ck_assert_int_eq(kit_set(te, &conn, TCPESTATS_DATA, TCPESTATS_ON), 0);
    ck_assert_int_eq(kit_get(te, &conn, TCPESTATS_DATA, &sample), 0);
    ck_assert_int_eq(sample.enabled, TCPESTATS_ON);
    ck_assert_uint_eq(sample.values[0].status, TCPESTATS_KNOWN);
    ck_assert_int_eq(tcpestats_find(te, &conn), 0);
}

START_TEST(all_numbers_may_be_closed_again_and_again)
{
    bool before[NUMBERS];

    if (!net_enter())
        return;
    kit_begin();
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    for (int i = 0; i < NUMBERS; i++)
        before[i] = fcntl(i, F_GETFD) >= 0;
    ck_assert_int_eq(kit_open(&te), 0);
    for (unsigned round = 0; round < 200; round++) {
        use_all(round);
        for (int i = 0; i < NUMBERS; i++)
            if (!before[i] && (round % 3 == 2 || i % 3 == (int)(round % 3)))
                close(i);
    }
    use_all(0);
    tcpestats_close(te);
    for (int i = 0; i < NUMBERS; i++)
        ck_assert_int_eq(fcntl(i, F_GETFD) >= 0, before[i]);
    kit_end();
}
END_TEST

SUITE("descriptors", 60, all_numbers_may_be_closed_again_and_again)
