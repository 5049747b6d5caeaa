/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the counters of a destroyed socket show:
 *
 *   the least round-trip time   all ones before the first measurement; survives a disconnect
 *   retransmits                 runs of timeouts, 0 once something was acknowledged; survives, too
 *   our FIN                     bytes.h: bytes_acked + queued - payload sent = (SYN: 1) + (FIN: 1)
 *   segments delivered          one more than SYN and data, where a FIN went by itself
 *   the queue that was not read of a socket that closed with data in it: that makes it an abort
 *
 * That the peer's FIN came shows only where the program had not read it yet.
 */
#include "kernel/ending.h"
#include "kernel/destroyed.h"

/* Was there ever a round trip? */
static bool was_established(const struct te_snapshot *s)
{
    if (TE_TI_HAS(s, tcpi_min_rtt) && s->info.tcpi_min_rtt != UINT32_MAX)
        return true;
    return s->info.tcpi_rtt || s->info.tcpi_bytes_acked || s->info.tcpi_bytes_received;
}

/* SYN and FIN among what was acknowledged or sent; negative where that does not add up, or can't be
 * worked out. */
static int64_t signs_sent(const struct te_snapshot *s)
{
    const struct te_tcp_info *ti = &s->info;

    if (!TE_TI_HAS(s, tcpi_bytes_retrans))
        return -1;
    return (int64_t)(ti->tcpi_bytes_acked + s->wqueue - ti->tcpi_notsent_bytes -
                     (ti->tcpi_bytes_sent - ti->tcpi_bytes_retrans));
}

/*
 * A FIN by itself counts as a segment that was delivered, as SYN and SYN-ACK do. Not so one that
 * went with the last data; and where something was sent again the sum says nothing.
 */
static bool shows_fin(const struct te_snapshot *s)
{
    const struct te_tcp_info *ti = &s->info;

    return TE_TI_HAS(s, tcpi_delivered) && !ti->tcpi_total_retrans && !s->wqueue &&
           ti->tcpi_delivered == ti->tcpi_data_segs_out + 2;
}

bool te_ending_needs_open(const struct te_snapshot *s)
{
    return !te_is_disconnected(s) && was_established(s) && signs_sent(s) == 1 && !shows_fin(s);
}

static bool sent_fin(const struct te_snapshot *s, uint32_t open)
{
    int64_t signs = signs_sent(s);

    return signs == 2 || (signs == 1 && (shows_fin(s) || (open & TE_OPEN_MASK) != TE_OPEN_ACTIVE));
}

static enum tcpestats_ending how_unestablished(const struct te_snapshot *s)
{
    if (s->info.tcpi_retransmits || s->info.tcpi_total_retrans)
        return TCPESTATS_END_UNANSWERED;
    /* A program that waited for connect() learns no more than we do. */
    if (te_is_disconnected(s))
        return TCPESTATS_END_REFUSED;
    if (!TE_TI_HAS(s, tcpi_segs_in))
        return TCPESTATS_END_UNKNOWN;
    return s->info.tcpi_segs_in ? TCPESTATS_END_REFUSED : TCPESTATS_END_UNANSWERED;
}

static enum tcpestats_ending how_established(const struct te_snapshot *s, bool fin, bool acked)
{
    if (fin && acked)
        return TCPESTATS_END_CLOSED;
    if (s->info.tcpi_retransmits || s->info.tcpi_probes)
        return TCPESTATS_END_TIMED_OUT;
    if (fin)
        return TCPESTATS_END_RESET;
    /* Closed with data that the program had not read: the kernel resets. */
    if (s->rqueue)
        return TCPESTATS_END_ABORTED;
    return signs_sent(s) < 0 ? TCPESTATS_END_UNKNOWN : TCPESTATS_END_RESET;
}

struct te_ending te_ending_of(const struct te_snapshot *s, uint32_t open, uint8_t last_state)
{
    struct te_ending ending = {TCPESTATS_END_ABORTED, TE_ESTABLISHED};
    bool fin, peer_fin;

    if (!was_established(s)) {
        ending.how = how_unestablished(s);
        ending.state = TE_SYN_SENT;
        return ending;
    }
    if (te_is_disconnected(s))
        return ending;
    fin = sent_fin(s, open);
    /* A FIN can't be sent while there is data that was not read: what is left is the peer's. */
    peer_fin = te_peer_fin(last_state) || (fin && s->rqueue == 1);
    ending.how = how_established(s, fin, !s->wqueue);
    if (ending.how == TCPESTATS_END_CLOSED)
        ending.state = peer_fin ? TE_LAST_ACK : TE_FIN_WAIT2;
    else if (peer_fin)
        ending.state = TE_CLOSE_WAIT;
    return ending;
}
