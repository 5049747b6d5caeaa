/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One end of a connection, in a process of its own: moves into its namespace, captures, connects,
 * lets the witness watch, moves the bytes, waits until nothing moves any more, and writes
 * <side>.pcap and <side>.read into the directory of the run.
 *
 * It goes on step by step together with the other end; the letters cross a socket.
 */
#ifndef ORACLE_END_H
#define ORACLE_END_H

#include "scenario.h"

enum step {
    STEP_LISTENING = 'L', /* right to rig, rig to left */
    STEP_WATCHED = 'W',   /* connected, all classes are on; the rig answers when both are */
    STEP_QUIET = 'Q',     /* done, and no packet for a while; the rig answers when both are */
    STEP_WRITTEN = 'D'    /* read and written down; the rig answers when both are */
};

struct end_plan {
    const struct scenario *scenario;
    int side;
    const char *netns;   /* path of the namespace */
    const char *dir;     /* where the files go */
    const char *cc;      /* congestion control */
    const char *backend; /* name to write down */
    unsigned rhythm_ms;
    int rig; /* socket to the rig */
};

/* Returns when all is written; failures end the process with a message. */
void end_run(const struct end_plan *plan);

#endif
