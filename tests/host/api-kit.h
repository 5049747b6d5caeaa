/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For tests of the public functions: a network, a state directory and a handle for each test, and
 * short ways to ask. To be included once by a test program. */
#ifndef API_KIT_H
#define API_KIT_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "members/fields.h"
#include "net.h"
#include "suite.h"

static struct tcpestats *te;
static char state_dir[64];

static struct tcpestats *open_handle(void)
{
    struct tcpestats_options options = {.size = sizeof(options), .state_dir = state_dir};
    struct tcpestats *handle;

    ck_assert_int_eq(tcpestats_open(&handle, &options), 0);
    return handle;
}

/* Each test has a network and a state file of its own. */
static bool begin(void)
{
    if (!net_enter())
        return false;
    strcpy(state_dir, "/tmp/tcpestats-api-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(state_dir));
    te = open_handle();
    return true;
}

static void end(void)
{
    tcpestats_close(te);
    net_run("rm -rf %s", state_dir);
}

static struct tcpestats_conn conn_of(const struct te_tuple *tuple)
{
    struct tcpestats_conn conn;

    memset(&conn, 0, sizeof(conn));
    conn.size = sizeof(conn);
    conn.family = tuple->family;
    conn.local_port = tuple->local_port;
    conn.remote_port = tuple->remote_port;
    memcpy(conn.local, tuple->local, 16);
    memcpy(conn.remote, tuple->remote, 16);
    return conn;
}

static int set(const struct te_tuple *tuple, unsigned cls, int on, int on_inbound)
{
    struct tcpestats_rw rw = {sizeof(rw), on, on_inbound};
    struct tcpestats_conn conn = conn_of(tuple);

    return tcpestats_set(te, &conn, cls, &rw);
}

static int get(const struct te_tuple *tuple, unsigned cls, struct tcpestats_sample *sample)
{
    struct tcpestats_conn conn = conn_of(tuple);

    memset(sample, 0, sizeof(*sample));
    sample->size = sizeof(*sample);
    return tcpestats_get(te, &conn, cls, sample);
}

static void enable_all(const struct te_tuple *tuple)
{
    unsigned cls;

    for (cls = 1; cls < TCPESTATS_CLASS_COUNT; cls++)
        ck_assert_int_eq(set(tuple, cls, TCPESTATS_ON, TCPESTATS_ON), 0);
}

static uint64_t member(const struct te_tuple *tuple, unsigned id)
{
    struct tcpestats_sample sample;

    ck_assert_int_eq(get(tuple, tcpestats_field(id)->cls, &sample), 0);
    ck_assert_uint_eq(sample.values[id - sample.first].status, TCPESTATS_KNOWN);
    return sample.values[id - sample.first].value;
}

#define MEMBER(tuple, name) member((tuple), TCPESTATS_F_##name)

/* The ways in which two ends can be of one family or of two. */
static const struct net_options kinds[] = {
    {.to = "127.0.0.1"},
    {.to = "::1"},
    {.to = "127.0.0.1", .dual_server = true},
    {.to = "127.0.0.1", .dual_server = true, .dual_client = true},
};

#define KINDS ((int)(sizeof(kinds) / sizeof(kinds[0])))

#endif
