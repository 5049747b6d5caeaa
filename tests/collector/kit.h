/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tests of the collector's programs share: a loaded set of them for each test, connections
 * to collect from, and a view of their records.
 */
#ifndef COLLECTOR_KIT_H
#define COLLECTOR_KIT_H

#include "net.h"
#include "programs.h"
#include "shared/classes.h"

#define EVERYTHING (0x1feu | ON_INBOUND)

enum { RECORDS = 64 };

/* The programs, loaded and called in one namespace as by a daemon; connections are in another. */
struct kit {
    struct programs *programs;
    const struct te_collector_record *records; /* as an unprivileged client maps them */
    int home, away;                            /* namespaces; the thread is at home */
};

/*
 * Loads with the rights of the daemon's unit. False, with a line that says why, where the machine
 * does not let us.
 */
bool kit_start(struct kit *kit);
/* The same on a poorer kernel, without these features (or PROGRAMS_CAST). */
bool kit_start_without(struct kit *kit, uint32_t features);
void kit_end(struct kit *kit);

/* An established connection in the other namespace. */
void kit_connect(struct kit *kit, struct net_pair *pair, const struct net_options *options);

/* A whole copy of a record. */
struct te_collector_record kit_read(const struct kit *kit, uint32_t slot);

/* How a socket is named to the programs. */
struct programs_target kit_target(int fd);

/* Gives the socket, which is in the other namespace, the record; or tries to. */
void kit_enable(struct kit *kit, int fd, uint32_t slot, uint64_t epoch, uint32_t classes);
int kit_try(struct kit *kit, int fd, uint32_t slot, uint64_t epoch, uint32_t classes);
void kit_release(struct kit *kit, int fd, uint32_t slot);

/*
 * Events that the kernel has not shown the programs, because one of them was running on that
 * processor already: none but where programs take long, as under emulation.
 */
uint64_t kit_misses(const struct kit *kit);

/* As if hooks had found their records busy so often. */
void kit_pass_over(struct kit *kit, unsigned times);

/* Waits until the other end has acknowledged all that was sent. */
void kit_wait_acked(int fd);

/* A segment each way, so that all that came before has been looked at. */
void kit_settle(const struct net_pair *pair);

/* How many deaths are reported at once, waiting some milliseconds for the first; and the last one.
 */
unsigned kit_deaths(struct kit *kit, int ms, uint32_t *slot, uint64_t *epoch);

#endif
