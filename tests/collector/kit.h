/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tests of the collector's programs share: a loaded set of them for each test, connections
 * to collect from, and a view of their records.
 */
#ifndef COLLECTOR_KIT_H
#define COLLECTOR_KIT_H

#include "net.h"
#include "programs.h"

enum {
    DATA = 1 << 1,
    SND_CONG = 1 << 2,
    PATH = 1 << 3,
    SEND_BUFF = 1 << 4,
    REC = 1 << 5,
    OBS_REC = 1 << 6,
    OUTBOUND = 1 << 7,
    FINE_RTT = 1 << 8
};
#define INBOUND (1u << 31)
#define EVERYTHING (0x1feu | INBOUND)

enum { RECORDS = 64 };

/* Loads the programs; false, with a line that says why, where the machine does not let us. */
bool kit_open(struct programs **programs);

/* The records as an unprivileged client maps them. */
const struct te_collector_record *kit_map(const struct programs *programs);

/* A whole copy of a record. */
struct te_collector_record kit_read(const struct te_collector_record *record);

/* How a socket is named to the programs. */
struct programs_target kit_target(int fd);

/* Gives the socket (in the namespace ns) the record. */
void kit_enable(struct programs *programs, int ns, int fd, uint32_t slot, uint64_t epoch,
                uint32_t classes);

/* A segment each way, so that all that came before has been looked at. */
void kit_settle(const struct net_pair *pair);

/* Deaths reported within some milliseconds. */
unsigned kit_deaths(struct programs *programs, int ms, uint32_t *slot, uint64_t *epoch);

#endif
