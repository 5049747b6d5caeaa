/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Says what this kernel lets the programs collect, and whether all of them can be attached, by the
 * rights that the daemon has in its unit.
 */
#include <stdio.h>
#include <string.h>

#include "programs.h"
#include "rights.h"

static const struct {
    uint32_t feature;
    const char *name;
} names[] = {
    {TE_COLLECT_CORE, "core"},
    {TE_COLLECT_CA_SET, "tcp_cong_state_set"},
    {TE_COLLECT_EGRESS, "egress"},
    {TE_COLLECT_INGRESS, "ingress"},
    {TE_COLLECT_DATA_READY, "sk_data_ready"},
    {TE_COLLECT_BAD_CSUM, "tcp_bad_csum"},
    {TE_COLLECT_TOTAL_RTO, "total_rto"},
    {TE_COLLECT_HEADERS, "headers"},
};

static void say(const char *line)
{
    printf("says %s\n", line);
}

int main(void)
{
    const struct programs_options options = {.records = 4096, .say = say};
    const char *separator = "";
    struct programs *programs;
    uint32_t attached;
    unsigned i;
    int err;

    rights_of_unit();
    err = programs_open(&programs, &options);
    if (err) {
        printf("loads no: %s\n", strerror(-err));
        return 1;
    }
    err = programs_adjust(programs, ~0u);
    attached = programs_attached(programs);
    printf("loads yes, %u hooks attached%s%s\n", attached, err ? ": " : "",
           err ? strerror(-err) : "");
    printf("missing ");
    for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (!(programs_features(programs) & names[i].feature)) {
            printf("%s%s", separator, names[i].name);
            separator = ", ";
        }
    }
    printf("\n");
    rights_back();
    programs_close(programs);
    return 0;
}
