/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * TUN links under a script's hand: a command a line, answered by "ok" once it is done.
 *
 *   make NAME [INDEX]    remove NAME    up NAME    down NAME    rename NAME NEW
 *   arrive NAME N SIZE   N packets of SIZE bytes come in by the link
 *   leave NAME N SIZE    N packets of SIZE bytes go out by it
 */
#include <check.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tun-kit.h"

#define LINKS_MAX 128

static struct tun_link links[LINKS_MAX];

static struct tun_link *find(const char *name)
{
    for (unsigned i = 0; i < LINKS_MAX; i++)
        if (!strcmp(links[i].name, name))
            return &links[i];
    errx(1, "no link '%s'", name); /* nor room for one, for "" */
}

/* The kit's assertions want to be in a test. */
START_TEST(obey)
{
    char line[128];

    while (fgets(line, sizeof(line), stdin)) {
        char verb[16] = "", name[16] = "", third[16] = "";
        unsigned fourth = 0;

        if (sscanf(line, "%15s %15s %15s %u", verb, name, third, &fourth) < 2)
            errx(1, "what is '%s'?", line);
        if (!strcmp(verb, "make")) {
            tun_make(find(""), name, false, (uint32_t)strtoul(third, NULL, 10));
        } else if (!strcmp(verb, "remove")) {
            tun_remove(find(name));
            memset(find(name), 0, sizeof(struct tun_link));
        } else if (!strcmp(verb, "up")) {
            tun_up(find(name));
        } else if (!strcmp(verb, "down")) {
            tun_down(find(name));
        } else if (!strcmp(verb, "rename")) {
            tun_rename(find(name), third);
        } else if (!strcmp(verb, "arrive")) {
            tun_arrive(find(name), (unsigned)strtoul(third, NULL, 10), fourth);
        } else if (!strcmp(verb, "leave")) {
            tun_leave(find(name), (unsigned)strtoul(third, NULL, 10), fourth);
        } else {
            errx(1, "what is '%s'?", verb);
        }
        printf("ok\n");
        fflush(stdout);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rig");
    TCase *tcase = tcase_create("rig");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, obey);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_SILENT);
    failed = srunner_ntests_failed(runner);
    if (failed)
        srunner_print(runner, CK_VERBOSE);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
