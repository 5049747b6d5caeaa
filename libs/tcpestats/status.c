/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "handle.h"
#include "sized.h"

int tcpestats_collector(struct tcpestats *te, struct tcpestats_collector *status)
{
    struct tcpestats_collector full = {.state = TCPESTATS_COLLECTOR_ABSENT};
    struct te_collector_answer answer;
    int rc;

    if (!te || !status || status->size < TE_COLLECTOR_0)
        return -EINVAL;
    rc = te_collector_status(te->link, &answer);
    if (!rc)
        full = (struct tcpestats_collector){
            .state = TCPESTATS_COLLECTOR_PRESENT,
            .features = answer.features,
            .records = answer.records,
            .in_use = answer.in_use,
            .clients = answer.clients,
            .attached = answer.attached,
            .lost_guard = answer.lost_guard,
            .lost_busy = answer.lost_busy,
        };
    else if (rc == -EPERM)
        full.state = TCPESTATS_COLLECTOR_REFUSED;
    te_copy_out(status, &full, sizeof(full));
    return 0;
}

const char *tcpestats_collector_feature(unsigned bit)
{
    static const char *const names[] = {
        "segments and states (tcp_probe, inet_sock_set_state)",
        "changes of the congestion state (tcp_cong_state_set)",
        "what is sent (cgroup_skb/egress)",
        "half-closed connections (cgroup_skb/ingress)",
        "data that is ready (sk_data_ready)",
        "checksum errors (tcp_bad_csum)",
        "the kernel's count of timeouts",
        "segment headers",
    };

    return bit < sizeof(names) / sizeof(names[0]) ? names[bit] : NULL;
}
