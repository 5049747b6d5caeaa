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

/*
 * The array of records is frozen, which keeps every user from writing to it but by a program of his
 * own; and where everybody may load programs that is no protection.
 */
static bool records_are_protected(void)
{
    FILE *file = fopen("/proc/sys/kernel/unprivileged_bpf_disabled", "re");
    int disabled = 1;

    if (file) {
        if (fscanf(file, "%d", &disabled) != 1)
            disabled = 1;
        fclose(file);
    }
    return disabled != 0;
}

static uint64_t seconds_since(uint64_t start)
{
    return (clock_ns() - start) / TE_SECOND_NS;
}

static void print_features(uint32_t have, const char *format, const char *between)
{
    const char *before = "";

    for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
        if (!(have & features[i].bit))
            continue;
        printf("%s", before);
        printf(format, features[i].text);
        before = between;
    }
}

static void print_text(const struct te_collector_answer *answer)
{
    printf("running          %llu s\n", (unsigned long long)seconds_since(answer->epoch));
    printf("connections      %u of %u\n", answer->in_use, answer->records);
    printf("clients          %u\n", answer->clients);
    printf("hooks attached   %u\n", answer->attached);
    printf("events lost      %llu to the kernel's guard, %llu to busy records\n",
           (unsigned long long)answer->lost_guard, (unsigned long long)answer->lost_busy);
    printf("can collect      ");
    print_features(answer->features, "%s", " ");
    printf("\nrecord           layout %u, %u bytes\n", answer->layout, answer->record_size);
    if (!records_are_protected())
        printf(
            "records          NOT PROTECTED: unprivileged BPF is allowed here, so whoever may use\n"
            "                 the collector can change what it shows to others; see\n"
            "                 kernel.unprivileged_bpf_disabled\n");
}

static void print_json(const struct te_collector_answer *answer)
{
    printf("{\"uptime\":%llu,\"connections\":%u,\"records\":%u,\"clients\":%u,\"hooks\":%u,",
           (unsigned long long)seconds_since(answer->epoch), answer->in_use, answer->records,
           answer->clients, answer->attached);
    printf("\"lost_to_guard\":%llu,\"lost_to_busy_records\":%llu,\"features\":[",
           (unsigned long long)answer->lost_guard, (unsigned long long)answer->lost_busy);
    print_features(answer->features, "\"%s\"", ",");
    printf("],\"layout\":%u,\"record_size\":%u,\"records_protected\":%s}\n", answer->layout,
           answer->record_size, records_are_protected() ? "true" : "false");
}

int status_print(const char *path, bool json)
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
    if (json)
        print_json(&answer);
    else
        print_text(&answer);
    return EXIT_SUCCESS;
}
