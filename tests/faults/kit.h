/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public functions on connections of net.h, with a state directory of the test's own. */
#ifndef FAULTS_KIT_H
#define FAULTS_KIT_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net.h"
#include "suite.h"
#include "tcpestats.h"

#define KIT __attribute__((unused)) static

static char state_dir[96];

KIT void kit_begin(void)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(state_dir, sizeof(state_dir), "%.64s/te-faults-XXXXXX", tmp ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(state_dir));
}

KIT void kit_end(void)
{
    net_run("rm -rf %s", state_dir);
}

KIT int kit_open(struct tcpestats **te)
{
    struct tcpestats_options options = {.size = sizeof(options), .state_dir = state_dir};

    return tcpestats_open(te, &options);
}

KIT struct tcpestats_conn kit_conn(const struct te_tuple *tuple)
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

KIT int kit_set(struct tcpestats *te, const struct tcpestats_conn *conn, unsigned cls, int on)
{
    struct tcpestats_rw rw = {sizeof(rw), on, on};

    return tcpestats_set(te, conn, cls, &rw);
}

KIT int kit_get(struct tcpestats *te, const struct tcpestats_conn *conn, unsigned cls,
                struct tcpestats_sample *sample)
{
    memset(sample, 0, sizeof(*sample));
    sample->size = sizeof(*sample);
    return tcpestats_get(te, conn, cls, sample);
}

/* A number from the environment: check-long asks for more than check. */
KIT unsigned long kit_setting(const char *name, unsigned long otherwise)
{
    const char *text = getenv(name);

    return text && *text ? strtoul(text, NULL, 10) : otherwise;
}

#endif
