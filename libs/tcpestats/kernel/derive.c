/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/derive.h"

uint32_t te_window_limit(const struct te_tcp_info *ti)
{
    return 65535u << (ti->tcpi_options & TE_OPT_WSCALE ? ti->tcpi_wscale >> 4 : 0);
}

uint32_t te_rwin_sent(const struct te_snapshot *s)
{
    uint32_t limit = te_window_limit(&s->info);
    uint32_t window = TE_TI_HAS(s, tcpi_rcv_wnd) ? s->info.tcpi_rcv_wnd : s->info.tcpi_rcv_ssthresh;

    return window < limit ? window : limit;
}

uint64_t te_cwnd_limited_us(const struct te_tcp_info *ti)
{
    uint64_t others = ti->tcpi_rwnd_limited + ti->tcpi_sndbuf_limited;

    return ti->tcpi_busy_time > others ? ti->tcpi_busy_time - others : 0;
}
