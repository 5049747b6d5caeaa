/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The scenarios, and what one end of a connection has to do in one. */
#ifndef ORACLE_SCENARIO_H
#define ORACLE_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

struct traffic {
    unsigned count; /* messages to send */
    uint64_t size;  /* bytes of each */
    unsigned pause_ms;
    bool ask;    /* read as many bytes before sending the next one */
    bool answer; /* send back what is read */
};

struct end_options {
    int ecn;    /* value of net.ipv4.tcp_ecn, 0: leave it */
    int rcvbuf; /* bytes, 0: the kernel's choice */
    int sip;    /* bytes read every 10 ms, 0: all there is */
};

enum { LEFT, RIGHT, ENDS };

struct scenario {
    const char *name;
    int family;
    const char *path;
    struct end_options options;
    struct traffic traffic[ENDS];
    const char *purpose;
};

/* NULL: there is none of that name. */
const struct scenario *scenario_find(const char *name);

/* The index-th, NULL at the end. */
const struct scenario *scenario_at(unsigned index);

/* Bytes that an end reads until all is done. */
uint64_t scenario_reads(const struct scenario *scenario, int end);

#endif
