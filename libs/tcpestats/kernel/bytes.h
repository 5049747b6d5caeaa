/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The algebra of Linux' byte counters.
 *
 * tcpi_bytes_acked is the advance of SND.UNA and tcpi_bytes_received that of RCV.NXT, so both count
 * sequence numbers, and SYN and FIN occupy one each:
 *
 *   bytes_acked    = payload acknowledged + (we sent the SYN that opened: 1) + (our FIN acked: 1)
 *   bytes_received = payload in order     + (peer's FIN in order: 1)
 *   bytes_sent     = payload put on the wire, retransmissions and SYN data (TFO) included
 *   bytes_retrans  = the retransmissions among these
 *
 * An active opener's SYN is acknowledged by advancing SND.UNA over it; a passive opener's socket is
 * born with SND.UNA behind its SYN-ACK. The peer's SYN is never counted. Hence, with everything but
 * the queue length read under the socket's lock,
 *
 *   syn = bytes_acked + in_flight - (bytes_sent - bytes_retrans) - (our FIN sent: 1)
 *
 * is 1 on an active and 0 on a passive socket, TFO or not. It is certain in one reply when nothing
 * is in flight; else in_flight comes from the queue length, which is read earlier, and two replies
 * with equal counters on both sides of it must agree. Segments that a local queueing discipline
 * dropped were counted in bytes_sent, but not as retransmissions when sent again: then the result
 * is negative, and nothing is claimed. (But for one case: if a single byte is all that was ever
 * dropped, as a segment of its own, an active opener looks like a passive one.)
 *
 * Our FIN: unsent while the state says that we closed and notsent_bytes is not 0 (it counts there);
 * acknowledged in FIN_WAIT2, and in FIN_WAIT1, CLOSING and LAST_ACK when nothing is unsent or in
 * flight (the reply's state is read before the lock is taken and can be one step behind).
 * The peer's FIN: received in CLOSE_WAIT, LAST_ACK and CLOSING. That the state is behind cannot be
 * told from one reply here: te_bytes_settled() says when a second look is needed.
 */
#ifndef TE_BYTES_H
#define TE_BYTES_H

#include "kernel/snapshot.h"

/* Which side opened. A guess never enters the arithmetic, it is only reported. */
enum te_open {
    TE_OPEN_UNKNOWN = 0,
    TE_OPEN_PASSIVE = 1,
    TE_OPEN_ACTIVE = 2,
    TE_OPEN_MASK = 3,
    TE_OPEN_GUESSED = 4
};

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

/* Sequence numbers that the peer's FIN takes among those received: 1, or 0 before it came. */
unsigned te_bytes_peer_fin(const struct te_snapshot *s);

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
