/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For tests that tamper with one state file: the file, and what must be so afterwards. */
#ifndef STATE_TAMPER_H
#define STATE_TAMPER_H

#include "state-kit.h"

/* The file that most tests use, and its directory. */
KIT struct te_state st;
KIT const char *dir;

/* One connection set, file open. */
KIT void begin(void)
{
    st = (struct te_state)TE_STATE_INIT;
    dir = kit_fresh();
    ck_assert_int_eq(kit_set(&st, dir, 1, 11), 0);
    ck_assert_int_eq(kit_get(&st, dir, 1), 11);
}

/* All reads say off, to those who had the file open and to others; then all works again. */
KIT void expect_off_then_usable(void)
{
    struct stat sb;

    ck_assert_int_eq(kit_get(&st, dir, 1), 0);
    ck_assert_int_eq(kit_get_anew(dir, 1), 0);
    ck_assert_int_eq(kit_set(&st, dir, 1, 12), 0);
    ck_assert_int_eq(kit_get(&st, dir, 1), 12);
    ck_assert_int_eq(kit_get_anew(dir, 1), 12);
    ck_assert_int_eq(lstat(kit_file(dir), &sb), 0);
    ck_assert_int_eq(sb.st_mode, S_IFREG | 0600);
    ck_assert_int_eq(sb.st_nlink, 1);
    ck_assert_int_eq(sb.st_uid, geteuid());
    te_state_close(&st);
}

KIT void overwrite(off_t at, const void *bytes, size_t size)
{
    int fd = open(kit_file(dir), O_WRONLY);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pwrite(fd, bytes, size, at), (ssize_t)size);
    close(fd);
}

KIT char *spare_name(const char *name)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

KIT uint64_t random_state = 88172645463325252u;

KIT uint32_t random_below(uint32_t limit)
{
    random_state = te_sum(random_state, NULL, 0) + 1;
    return (uint32_t)((random_state >> 32) * limit >> 32);
}

#endif
