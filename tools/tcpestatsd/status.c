/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "collector/wire.h"
#include "collection.h"
#include "status.h"

#define PATIENCE_NS UINT64_C(5000000000) /* it may have to be started first */

static const struct {
    uint32_t bit;
    const char *text;
} features[] = {
    {TE_COLLECT_CORE, "tcp_probe"},           {TE_COLLECT_CA_SET, "tcp_cong_state_set"},
    {TE_COLLECT_EGRESS, "cgroup_skb/egress"}, {TE_COLLECT_INGRESS, "cgroup_skb/ingress"},
    {TE_COLLECT_DATA_READY, "sk_data_ready"}, {TE_COLLECT_BAD_CSUM, "tcp_bad_csum"},
    {TE_COLLECT_TOTAL_RTO, "total_rto"},      {TE_COLLECT_HEADERS, "headers"},
};

static void print(const struct te_collector_answer *answer)
{
    uint64_t seconds = (clock_ns() - answer->epoch) / UINT64_C(1000000000);

    printf("running          %llu s\n", (unsigned long long)seconds);
    printf("connections      %u of %u\n", answer->in_use, answer->records);
    printf("clients          %u\n", answer->clients);
    printf("hooks attached   %u\n", answer->attached);
    printf("events lost      %llu to the kernel's guard, %llu to busy records\n",
           (unsigned long long)answer->lost_guard, (unsigned long long)answer->lost_busy);
    printf("can collect     ");
    for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
        if (answer->features & features[i].bit)
            printf(" %s", features[i].text);
    printf("\nrecord           layout %u, %u bytes\n", answer->layout, answer->record_size);
}

int status_print(const char *path)
{
    struct te_collector_wire wire;
    struct te_collector_request request = {.call = TE_COLLECTOR_STATUS};
    struct te_collector_answer answer;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int status = te_collector_wire_open(&wire, fd < 0 ? -errno : fd, path);

    if (!status) {
        status = te_collector_wire_send(&wire, &request);
        if (!status)
            status = te_collector_wire_receive(&wire, &request, te_now() + PATIENCE_NS, &answer,
                                               NULL);
        te_collector_wire_close(&wire);
    }
    if (!status)
        status = answer.error;
    if (status) {
        fprintf(stderr, "tcpestatsd: %s: %s\n", path, strerror(-status));
        return EXIT_FAILURE;
    }
    print(&answer);
    return EXIT_SUCCESS;
}
