/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls without number: no descriptor, no memory, no file grows with them. GROWTH_CALLS of them. */
#include <malloc.h>
#include <sys/stat.h>

#include "kit.h"

#define PAIRS 8
#define RENEW 200 /* after so many calls one connection is replaced by a new one */

static struct net_pair pairs[PAIRS];
static struct tcpestats *te;

static int see(const struct tcpestats_conn *conn, void *arg)
{
    (void)conn;
    ++*(unsigned *)arg;
    return 0;
}

static void call(unsigned long i)
{
    struct net_pair *pair = &pairs[i % PAIRS];
    struct tcpestats_conn conn = kit_conn(i & 1 ? &pair->client_tuple : &pair->server_tuple);
    static struct tcpestats_sample sample;
    unsigned cls = (unsigned)(i / PAIRS % TCPESTATS_CLASS_COUNT), seen = 0;
    struct tcpestats *other;

    if (i % RENEW == 0) {
        net_close(pair);
        net_connect(pair, &(struct net_options){.to = i & 1 ? "::1" : "127.0.0.1"});
        conn = kit_conn(&pair->client_tuple);
    }
    switch (i / 7 % 12) {
    case 0:
        ck_assert_int_eq(kit_set(te, &conn, cls ? cls : 1, (int)(i / 90 & 1)), 0);
        break;
    case 1:
        ck_assert_int_eq(tcpestats_find(te, &conn), 0);
        break;
    case 2:
        conn.local_port ^= 1;
        ck_assert_int_le(kit_get(te, &conn, cls, &sample), 0);
        break;
    case 3:
        if (i % 10 == 0)
            ck_assert_int_eq(tcpestats_list(te, see, &seen), 0);
        break;
    case 4:
        if (i % 10 == 0) {
            ck_assert_int_eq(kit_open(&other), 0);
            ck_assert_int_eq(kit_get(other, &conn, cls, &sample), 0);
            tcpestats_close(other);
        }
        break;
    default:
        ck_assert_int_eq(kit_get(te, &conn, cls, &sample), 0);
    }
}

/* Memory of our own, in KiB; what is read in of programs and libraries comes and goes. */
static unsigned long own_memory(void)
{
    FILE *file = fopen("/proc/self/status", "re");
    unsigned long kib = 0;
    char line[128];

    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof(line), file))
        sscanf(line, "RssAnon: %lu kB", &kib);
    fclose(file);
    ck_assert_uint_gt(kib, 0);
    return kib;
}

START_TEST(nothing_grows_with_the_number_of_calls)
{
    unsigned long calls = kit_setting("GROWTH_CALLS", 50000), warm = calls / 5, kib;
    unsigned before, warm_descriptors;
    char file[128];
    size_t heap;
    struct stat st;

    if (!net_enter())
        return;
    /* Thousands of connections one after the other leave as many in TIME_WAIT. */
    net_run("echo '2048 65000' > /proc/sys/net/ipv4/ip_local_port_range");
    kit_begin();
    for (int i = 0; i < PAIRS; i++)
        net_connect(&pairs[i], &(struct net_options){.to = "127.0.0.1"});
    before = net_descriptors();
    ck_assert_int_eq(kit_open(&te), 0);
    for (unsigned long i = 0; i < warm; i++)
        call(i);
    warm_descriptors = net_descriptors();
    kib = own_memory();
    heap = mallinfo2().uordblks;
    for (unsigned long i = warm; i < calls; i++)
        call(i);
    ck_assert_uint_le(net_descriptors(), warm_descriptors);
    ck_assert_msg(own_memory() <= kib + 128, "%lu KiB, %lu at first", own_memory(), kib);
    ck_assert_msg(mallinfo2().uordblks <= heap + 256, "%zu bytes, %zu at first",
                  mallinfo2().uordblks, heap);
    snprintf(file, sizeof(file), "%s/tcpestats/memory-1", state_dir);
    ck_assert_int_eq(stat(file, &st), 0);
    ck_assert_int_le(st.st_size, 65536);
    tcpestats_close(te);
    ck_assert_uint_eq(net_descriptors(), before);
    printf("%lu calls\n", calls);
    kit_end();
}
END_TEST

/* A file that is no good is looked at by every call. */
START_TEST(a_damaged_memory_costs_no_descriptor)
{
    static struct tcpestats_sample sample;
    struct tcpestats_conn conn;
    unsigned before;

    if (!net_enter())
        return;
    kit_begin();
    net_connect(&pairs[0], &(struct net_options){.to = "127.0.0.1"});
    conn = kit_conn(&pairs[0].client_tuple);
    ck_assert_int_eq(kit_open(&te), 0);
    ck_assert_int_eq(kit_set(te, &conn, TCPESTATS_DATA, TCPESTATS_ON), 0);
    tcpestats_close(te);
    net_run("echo damaged > %s/tcpestats/memory-1", state_dir);
    ck_assert_int_eq(kit_open(&te), 0);
    ck_assert_int_eq(kit_get(te, &conn, TCPESTATS_DATA, &sample), 0);
    before = net_descriptors();
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(kit_get(te, &conn, TCPESTATS_DATA, &sample), 0);
        ck_assert_int_eq(sample.enabled, TCPESTATS_OFF);
    }
    ck_assert_uint_eq(net_descriptors(), before);
    tcpestats_close(te);
    net_close(&pairs[0]);
    kit_end();
}
END_TEST

SUITE("growth", 1800, nothing_grows_with_the_number_of_calls, a_damaged_memory_costs_no_descriptor)
