/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Payload, as one reply of sock_diag shows it: the arithmetic of shared/tcp.h, where everything but
 * the queue length is read under the socket's lock.
 *
 * Which side opened is certain in one reply when nothing is in flight; else what is comes from the
 * queue length, which is read earlier, and two replies with equal counters on both sides of it must
 * agree. The reply's state is read before the lock is taken, too, and can be one step behind: of
 * our FIN the counters tell, of the peer's they do not, and te_bytes_settled() says when a second
 * look is needed.
 */
#ifndef TE_BYTES_H
#define TE_BYTES_H

#include "kernel/snapshot.h"

struct te_bytes {
    uint64_t acked;     /* payload acknowledged by the peer */
    uint64_t received;  /* payload received in order */
    uint64_t in_flight; /* payload sent and not acknowledged */
    bool torn;          /* in_flight is a guess: the queue length was of another instant */
    uint64_t unsent;    /* payload accepted from the program, never sent */
    uint64_t unread;    /* payload received in order, not yet read by the program */
    uint32_t snd_una;   /* relative to our initial sequence number */
    uint32_t snd_nxt;
    uint32_t rcv_nxt; /* relative to the peer's */
    uint32_t open;    /* enum te_open: the caller's knowledge, or what this reply makes certain */
};

/* known: enum te_open from an earlier reply. An unknown opener's SYN is taken off all the same, so
 * that becoming certain can only raise a counter. */
void te_bytes_compute(const struct te_snapshot *s, uint32_t known, struct te_bytes *b);

/*
 * Can the state in this reply be older than its counters? False when a segment arrived so recently
 * that it may have come between the two; then only a second reply with the same state settles it.
 */
bool te_bytes_settled(const struct te_snapshot *s);

/*
 * Which side opened, from two consecutive replies: if nothing moved between them, the queue length
 * of the second belongs to the counters of both. TE_OPEN_UNKNOWN if it can't be told.
 */
uint32_t te_bytes_open_of_pair(const struct te_snapshot *first, const struct te_snapshot *second);

#endif
