/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frame of every `check` program here: name, tests, run, exit status. */
#ifndef SUITE_H
#define SUITE_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* Makes main() of a NULL-terminated list of tests. */
#define SUITE(name, seconds, ...)                         \
    int main(void)                                        \
    {                                                     \
        const TTest *const tests[] = {__VA_ARGS__, NULL}; \
        Suite *suite = suite_create(name);                \
        TCase *tcase = tcase_create(name);                \
        SRunner *runner = srunner_create(suite);          \
        int failed, i;                                    \
                                                          \
        suite_add_tcase(suite, tcase);                    \
        tcase_set_timeout(tcase, seconds);                \
        for (i = 0; tests[i]; i++)                        \
            tcase_add_test(tcase, tests[i]);              \
        srunner_run_all(runner, CK_NORMAL);               \
        failed = srunner_ntests_failed(runner);           \
        srunner_free(runner);                             \
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;      \
    }

/*
 * A child. It must not report that an assertion holds, this one included: it shares the stream of
 * messages with the test, and one that is killed while it writes leaves it torn.
 */
static inline pid_t suite_fork(void)
{
    pid_t pid;

    fflush(NULL);
    pid = fork();
    if (pid < 0)
        ck_abort_msg("fork: %s", strerror(errno));
    return pid;
}

#endif
