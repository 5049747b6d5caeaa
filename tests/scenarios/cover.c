/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A member that no scenario checks could say anything. */
#include "cover.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "script.h"
#include "tcpestats.h"

static void note_member(const char *word, bool covered[static TCPESTATS_FIELD_COUNT])
{
    char name[96];
    unsigned id;

    for (id = 0; id < TCPESTATS_FIELD_COUNT; id++) {
        const struct tcpestats_field *f = tcpestats_field(id);

        snprintf(name, sizeof(name), "%s.%s", tcpestats_class_name(f->cls), f->name);
        covered[id] |= strcmp(word, name) == 0;
    }
}

unsigned cover_report(char *const *files, size_t count)
{
    bool covered[TCPESTATS_FIELD_COUNT] = {false};
    struct script script;
    unsigned i, k, missing = 0;

    for (; count; count--, files++) {
        script_load(&script, *files);
        for (i = 0; i < script.count; i++)
            for (k = 1; k < script.steps[i].count; k++)
                if (strcmp(script.steps[i].words[0], "check") == 0)
                    note_member(script.steps[i].words[k], covered);
        script_free(&script);
    }
    for (i = 0; i < TCPESTATS_FIELD_COUNT; i++)
        if (!covered[i]) {
            printf("not ok: nothing checks %s.%s\n", tcpestats_class_name(tcpestats_field(i)->cls),
                   tcpestats_field(i)->name);
            missing++;
        }
    return missing;
}
