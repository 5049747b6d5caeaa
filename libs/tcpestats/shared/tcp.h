/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TCP's states and options in Linux' numbers, and the arithmetic that sock_diag's reader and the
 * programs in the kernel have in common. */
#ifndef TE_TCP_H
#define TE_TCP_H

#include "shared/types.h"

/* include/net/tcp_states.h */
enum te_tcp_state {
    TE_ESTABLISHED = 1,
    TE_SYN_SENT,
    TE_SYN_RECV,
    TE_FIN_WAIT1,
    TE_FIN_WAIT2,
    TE_TIME_WAIT,
    TE_CLOSE,
    TE_CLOSE_WAIT,
    TE_LAST_ACK,
    TE_LISTEN,
    TE_CLOSING
};

enum te_ca_state { TE_CA_OPEN, TE_CA_DISORDER, TE_CA_CWR, TE_CA_RECOVERY, TE_CA_LOSS };

/* tcpi_options */
enum te_options {
    TE_OPT_TIMESTAMPS = 1,
    TE_OPT_SACK = 2,
    TE_OPT_WSCALE = 4,
    TE_OPT_ECN = 8,
    TE_OPT_SYN_DATA = 32
};

/* snd_ssthresh before the first loss. */
#define TE_INFINITE_SSTHRESH 0x7fffffffu

/* n segments of mss bytes, saturated at 2^32 - 1. */
TE_INLINE uint32_t te_segments_to_bytes(uint32_t n, uint32_t mss)
{
    uint64_t bytes = (uint64_t)n * mss;

    return bytes > ~0u ? ~0u : (uint32_t)bytes;
}

/* How far a counter went on; two looks may be merged in another order than they were made. */
TE_INLINE uint64_t te_growth(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0;
}

/*
 * ---- SYN and FIN among the bytes ----
 *
 * tcp_sock.bytes_acked is the advance of SND.UNA and bytes_received that of RCV.NXT, so both count
 * sequence numbers, and SYN and FIN occupy one each:
 *
 *   bytes_acked    = payload acknowledged + (we sent the SYN that opened: 1) + (our FIN acked: 1)
 *   bytes_received = payload in order     + (peer's FIN in order: 1)
 *   bytes_sent     = payload put on the wire, retransmissions and SYN data (TFO) included
 *   bytes_retrans  = the retransmissions among these
 *
 * An active opener's SYN is acknowledged by advancing SND.UNA over it; a passive opener's socket is
 * born with SND.UNA behind its SYN-ACK. The peer's SYN is never counted. Hence, of one instant,
 *
 *   syn = bytes_acked + in_flight - (bytes_sent - bytes_retrans) - (our FIN sent: 1)
 *
 * is 1 on an active and 0 on a passive socket, TFO or not. Segments that a local queueing
 * discipline dropped were counted in bytes_sent, but not as retransmissions when sent again: then
 * the result is negative, and nothing is claimed. (But for one case: if a single byte is all that
 * was ever dropped, as a segment of its own, an active opener looks like a passive one.)
 *
 * Our FIN is unsent while we have closed and something is unsent; else it is in flight while
 * something is; else it has been acknowledged, as it has in FIN_WAIT2. The peer's has come in
 * CLOSE_WAIT, LAST_ACK and CLOSING.
 */

/* Which side opened. A guess never enters the arithmetic, it is only reported. */
enum te_open {
    TE_OPEN_UNKNOWN = 0,
    TE_OPEN_PASSIVE = 1,
    TE_OPEN_ACTIVE = 2,
    TE_OPEN_MASK = 3,
    TE_OPEN_GUESSED = 4
};

/* fins: what our FIN has among those acknowledged and in flight. UNKNOWN: it can't be told. */
TE_INLINE uint32_t te_open_of(uint64_t acked, uint64_t in_flight, uint64_t sent, uint64_t retrans,
                              unsigned fins)
{
    uint64_t syn = acked + in_flight - fins - (sent - retrans);

    return syn > 1 ? TE_OPEN_UNKNOWN : syn ? TE_OPEN_ACTIVE : TE_OPEN_PASSIVE;
}

/* Sequence numbers that the peer's FIN takes among those received: 1, or 0 before it came. */
TE_INLINE unsigned te_peer_fin(uint8_t state)
{
    return state == TE_CLOSE_WAIT || state == TE_LAST_ACK || state == TE_CLOSING;
}

/* Have we closed, and is it not certain that the peer has acknowledged that? */
TE_INLINE bool te_is_closing(uint8_t state)
{
    return state == TE_FIN_WAIT1 || state == TE_CLOSING || state == TE_LAST_ACK;
}

/* Sequence numbers that our own FIN takes among those acknowledged and those in flight. */
struct te_own_fin {
    unsigned acked, in_flight;
};

TE_INLINE struct te_own_fin te_own_fin(uint8_t state, bool some_unsent, bool some_in_flight)
{
    bool is_sent = te_is_closing(state) && !some_unsent;

    return (struct te_own_fin){
        .acked = state == TE_FIN_WAIT2 || (is_sent && !some_in_flight),
        .in_flight = is_sent && some_in_flight,
    };
}

/* ---- What keeps a sender from sending more ---- */

/* The order of the SndLim members. Stored as 1 more, so that 0 is none. */
enum te_limit { TE_LIMIT_RWIN, TE_LIMIT_CWND, TE_LIMIT_SND, TE_LIMIT_COUNT };

/* As tcp_sock has them. */
struct te_sending {
    uint32_t unsent; /* bytes */
    uint32_t retransmits, packets_out, retrans_out, sacked_out, lost_out, snd_cwnd;
    bool window_is_full; /* the peer's has no room for the next segment */
};

/*
 * enum te_limit + 1, or 0: nothing does, it may go on. Time spent waiting for a retransmission
 * timeout counts as limited by congestion.
 */
TE_INLINE uint32_t te_limit_of(const struct te_sending *s)
{
    if (s->retransmits || s->lost_out > s->retrans_out)
        return TE_LIMIT_CWND + 1;
    if (!s->unsent)
        return TE_LIMIT_SND + 1;
    if ((uint64_t)s->packets_out + s->retrans_out >=
        (uint64_t)s->snd_cwnd + s->sacked_out + s->lost_out)
        return TE_LIMIT_CWND + 1;
    return s->window_is_full ? TE_LIMIT_RWIN + 1 : 0;
}

#endif
