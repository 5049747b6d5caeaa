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

uint32_t te_collector_features(struct tcpestats *te)
{
    uint64_t now = te_now(), asked = atomic_load_explicit(&te->asked_ns, memory_order_relaxed);
    struct te_collector_answer answer;
    uint32_t features = 0;

    if (asked && now - asked < TE_SECOND_NS)
        return atomic_load_explicit(&te->features, memory_order_relaxed);
    if (!te_collector_status(te->link, &answer))
        features = answer.features;
    atomic_store_explicit(&te->features, features, memory_order_relaxed);
    atomic_store_explicit(&te->asked_ns, now, memory_order_relaxed);
    return features;
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
