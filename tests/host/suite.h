/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frame of every `check` program here: name, tests, run, exit status. */
#ifndef SUITE_H
#define SUITE_H

#include <check.h>
#include <stdlib.h>

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

#endif
