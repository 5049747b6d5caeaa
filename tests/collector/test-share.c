/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a client without any privilege can do with the descriptor that it is given. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "kit.h"
#include "suite.h"

static struct kit kit;
static struct net_pair pair;

/* Runs in a child of a user with no privileges; returns a number of its own for each failure. */
static int stranger(int map)
{
    size_t size = RECORDS * sizeof(struct te_collector_record);
    static struct te_collector_record forged;
    const struct te_collector_record *r;
    uint32_t key = 2;

    if (setgid(65534) != 0 || setuid(65534) != 0)
        return 1;
    r = mmap(NULL, size, PROT_READ, MAP_SHARED, map, 0);
    if (r == MAP_FAILED)
        return 2;
    if (r[2].head.live != 1 || r[2].head.epoch != 11)
        return 3;
    if (mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0) != MAP_FAILED)
        return 4;
    if (mprotect((void *)r, size, PROT_READ | PROT_WRITE) == 0)
        return 5;
    if (bpf_map_update_elem(map, &key, &forged, 0) == 0)
        return 6;
    if (mmap(NULL, size + 65536, PROT_READ, MAP_SHARED, map, 0) != MAP_FAILED)
        return 7;
    return r[2].head.live == 1 ? 0 : 8;
}

START_TEST(a_stranger_maps_the_records_and_cannot_write_them)
{
    int status;
    pid_t child;

    if (geteuid() != 0) {
        printf("SKIP: not root\n");
        return;
    }
    if (!kit_start(&kit))
        return;
    kit_connect(&kit, &pair, NULL);
    kit_enable(&kit, pair.client, 2, 11, ON_DATA);
    child = suite_fork();
    if (!child)
        _exit(stranger(programs_map_fd(kit.programs)));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
    kit_end(&kit);
}
END_TEST

START_TEST(the_mapping_outlives_the_programs)
{
    const struct te_collector_record *r;

    if (!kit_start(&kit))
        return;
    kit_connect(&kit, &pair, NULL);
    kit_enable(&kit, pair.client, 2, 11, ON_DATA);
    programs_close(kit.programs);
    r = kit.records;
    ck_assert_uint_eq(r[2].head.epoch, 11);
    net_transfer(pair.server, pair.client, 1000);
    ck_assert_uint_eq(r[2].events.data_bytes_in, 0);
}
END_TEST

SUITE("share", 30, a_stranger_maps_the_records_and_cannot_write_them,
      the_mapping_outlives_the_programs)
