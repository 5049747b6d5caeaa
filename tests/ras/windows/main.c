/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Conformance test of the functions of rasapi32.dll on connections and their statistics: one
 * program for Windows, for Wine with wine-estats, and for Wine without. What it does to a
 * connection is to clear its statistics.
 */
#include "api.h"
#include "ras-tests.h"

#include <stdio.h>

#define ENTRY(name) {#name, test_##name},
static const struct wt_test tests[] = {ALL_RAS_TESTS(ENTRY)};

#define DECISION(id, text) {id, text},
static const struct wt_decision_text decisions[] = {ALL_RAS_DECISIONS(DECISION)};

int main(int argc, char **argv)
{
    HRASCONN conns[128];
    char path[MAX_PATH] = "?";

    ras_load();
    GetModuleFileNameA(ras_module, path, sizeof(path));
    printf("%u-bit program, %s%s, %s, %lu connections\n", (unsigned)sizeof(void *) * 8,
           wt_on_wine() ? "Wine " : "Windows", wt_on_wine() ? wt_wine_version() : "", path,
           ras_all(conns, 128));
    fflush(stdout);
    return wt_main(argc, argv, tests, sizeof(tests) / sizeof(tests[0]), decisions,
                   sizeof(decisions) / sizeof(decisions[0]));
}
