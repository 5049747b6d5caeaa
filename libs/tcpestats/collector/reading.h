/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading a collector's record: a whole copy of it, and the snapshot that it makes. */
#ifndef TE_COLLECTOR_READING_H
#define TE_COLLECTOR_READING_H

#include "kernel/kernel.h"
#include "shared/record.h"

/* The parts of a record that are read. */
struct te_record_copy {
    struct te_record_head head;
    struct te_record_sock sock;
    struct te_record_events events;
    struct te_rate out, in;
};

/* Which connection a copy must be of. */
struct te_record_key {
    struct te_tuple tuple;
    uint64_t netns, cookie;
    uint64_t epoch; /* 0: whichever */
};

/*
 * Copies a record that is being written by others. false: it would not hold still, which takes a
 * writer that does nothing else, or it is not live, or not of that connection.
 */
bool te_record_read(const struct te_collector_record *record, const struct te_record_key *key,
                    struct te_record_copy *copy);

/* The same, of whatever connection and in whatever state: for the last words of a dead one. */
bool te_record_copy(const struct te_collector_record *record, struct te_record_copy *copy);

/*
 * Does a record hold all that sock_diag tells here? If not, a number would have two sources that
 * take turns, and could go back; then records are read for what sock_diag does not have.
 */
bool te_record_suffices(uint32_t features, unsigned info_len);

/*
 * A snapshot as sock_diag would have given it at record->head.time_ns, all of one instant.
 * info_len: what this kernel's sock_diag sends, so that the same sources are used. Interface, user
 * and inode are not in a record and stay 0.
 */
void te_snapshot_of_record(const struct te_record_copy *record, unsigned info_len,
                           struct te_snapshot *snapshot);

#endif
