/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ends.h"

int ends_look(struct failure *failure)
{
    return fail_with(failure, TOOL_NOT_SUPPORTED, "Windows tells no program which connections end");
}

int ends_read(unsigned classes, int (*visit)(const struct ended *, void *), void *arg,
              uint64_t *lost, struct failure *failure)
{
    (void)classes;
    (void)visit;
    (void)arg;
    (void)lost;
    (void)failure;
    return TOOL_OK;
}

void ends_wake(bool on)
{
    (void)on;
}
