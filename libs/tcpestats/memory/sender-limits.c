/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "kernel/kernel.h"
#include "memory/sender-limits.h"

/* A sender that may go on will be held by its congestion window in the end. */
enum te_limit te_limits_now(const struct te_snapshot *s)
{
    const struct te_tcp_info *ti = &s->info;
    const struct te_sending sending = {
        .unsent = ti->tcpi_notsent_bytes,
        .retransmits = ti->tcpi_retransmits,
        .packets_out = ti->tcpi_unacked,
        .retrans_out = ti->tcpi_retrans,
        .sacked_out = ti->tcpi_sacked,
        .lost_out = ti->tcpi_lost,
        .snd_cwnd = ti->tcpi_snd_cwnd,
        .window_is_full = TE_TI_HAS(s, tcpi_snd_wnd) &&
                          ((uint64_t)ti->tcpi_unacked + 1) * ti->tcpi_snd_mss > ti->tcpi_snd_wnd,
    };
    uint32_t limit = te_limit_of(&sending);

    return limit ? (enum te_limit)(limit - 1) : TE_LIMIT_CWND;
}

struct te_limits_at te_limits_begin(const struct te_snapshot *s)
{
    return (struct te_limits_at){
        .ns = s->time_ns,
        .bytes_sent = s->info.tcpi_bytes_sent,
        .rwnd_us = s->info.tcpi_rwnd_limited,
        .cwnd_us = te_cwnd_limited_us(&s->info),
        .limit = te_limits_now(s) + 1,
    };
}

/*
 * Between two looks each limit may have come and gone any number of times; one entry is counted for
 * each whose time grew, and one for the present state if it is another than at the last look. The
 * time limited by the sender is what the clock leaves over.
 */
void te_limits_step(const struct te_limits_at *at, const struct te_snapshot *s,
                    struct te_limits_step *step)
{
    const struct te_tcp_info *ti = &s->info;
    uint32_t now = te_limits_now(s) + 1, before = at->limit;
    uint64_t rwnd_us = te_growth(ti->tcpi_rwnd_limited, at->rwnd_us);
    uint64_t cwnd_us = te_growth(te_cwnd_limited_us(ti), at->cwnd_us);
    uint64_t bytes = te_growth(ti->tcpi_bytes_sent, at->bytes_sent);

    memset(step, 0, sizeof(*step));
    step->us[TE_LIMIT_RWIN] = rwnd_us;
    step->us[TE_LIMIT_CWND] = cwnd_us;
    step->us[TE_LIMIT_SND] = te_growth(te_growth(s->time_ns, at->ns) / 1000, rwnd_us + cwnd_us);
    step->bytes[before - 1] = bytes;
    step->moved = now != before || rwnd_us || cwnd_us || bytes;
    if (rwnd_us && before != TE_LIMIT_RWIN + 1 && now != TE_LIMIT_RWIN + 1)
        step->trans[TE_LIMIT_RWIN] = 1;
    /* Time is booked on it also while all is sent and an acknowledgement awaited; less than a
     * window's worth was not held up by the window. */
    if (cwnd_us && bytes >= te_segments_to_bytes(ti->tcpi_snd_cwnd, ti->tcpi_snd_mss) &&
        before != TE_LIMIT_CWND + 1 && now != TE_LIMIT_CWND + 1)
        step->trans[TE_LIMIT_CWND] = 1;
    if (now != before)
        step->trans[now - 1] = 1;
}

void te_limits_advance(struct te_limits_at *at, const struct te_snapshot *s)
{
    struct te_limits_at now = te_limits_begin(s);

    at->ns = now.ns;
    at->bytes_sent += te_growth(now.bytes_sent, at->bytes_sent);
    at->rwnd_us += te_growth(now.rwnd_us, at->rwnd_us);
    at->cwnd_us += te_growth(now.cwnd_us, at->cwnd_us);
    at->limit = now.limit;
}
