/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for what comes, on a machine that may have much else to do. */
#ifndef AWAIT_H
#define AWAIT_H

#include <check.h>
#include <unistd.h>

#include "base/base.h"

/* Only what is broken takes longer. */
#define AWAIT_SECONDS 60

/* Waits until the condition holds; where it never does the test fails. */
#define AWAIT(condition)                                                    \
    do {                                                                    \
        const uint64_t await_end = te_now() + AWAIT_SECONDS * TE_SECOND_NS; \
        while (!(condition)) {                                              \
            if (te_now() > await_end)                                       \
                ck_abort_msg("this never came true: %s", #condition);       \
            usleep(10000);                                                  \
        }                                                                   \
    } while (0)

#endif
