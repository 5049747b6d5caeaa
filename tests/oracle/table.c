/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "table.h"

#include <math.h>
#include <string.h>

static int find_backend(struct table *t, const char *name)
{
    for (unsigned i = 0; i < t->backends; i++)
        if (strcmp(t->backend[i], name) == 0)
            return (int)i;
    if (t->backends == BACKENDS_MAX)
        return -1;
    snprintf(t->backend[t->backends], NAME_MAX_LEN, "%s", name);
    return (int)t->backends++;
}

/* How much a label promises; the less, the larger. */
static unsigned rank(const char *label)
{
    static const char *const order[] = {"",         "exact",       "derived",
                                        "reserved", "approximate", "unavailable"};
    unsigned i = 0;

    while (i < sizeof(order) / sizeof(order[0]) && strcmp(order[i], label) != 0)
        i++;
    return i;
}

bool table_add(struct table *t, const char *backend, unsigned member, const struct told *told,
               const struct verdict *v)
{
    int b = find_backend(t, backend);
    struct tally *y;

    if (b < 0 || member >= MEMBERS_MAX)
        return false;
    y = &t->tally[b][member];
    if (rank(told->label) > rank(y->label))
        snprintf(y->label, sizeof(y->label), "%s", told->label);
    snprintf(y->unit, sizeof(y->unit), "%s", told->unit);
    y->equal += v->outcome == RIGHT_EQUAL || v->outcome == RIGHT_ZERO;
    y->near += v->outcome == RIGHT_NEAR;
    y->wrong += v->outcome == WRONG;
    y->missed += v->outcome == MISSED;
    y->unjudged += v->outcome == UNJUDGED;
    if (v->found.how == BLIND)
        y->why_not = v->found.why_not;
    if (v->found.how != BLIND) {
        y->least = y->seen ? fmin(y->least, v->found.truth) : v->found.truth;
        y->most = y->seen ? fmax(y->most, v->found.truth) : v->found.truth;
        y->seen++;
    }
    if (!isnan(v->error) && v->outcome != MISSED && fabs(v->error) > fabs(y->error)) {
        y->share = v->share;
        y->error = v->error;
    }
    return true;
}

/* "-12 bytes (0.4 %)" */
static const char *error_text(const struct tally *y, char *text, size_t size)
{
    if (y->error == 0)
        return y->equal ? "0" : "-";
    if (isinf(y->share))
        snprintf(text, size, "%+.10g %s (of 0)", y->error, y->unit);
    else
        snprintf(text, size, "%+.10g %s (%+.*f %%)", y->error, y->unit, fabs(y->share) < 0.1,
                 y->share * 100);
    return text;
}

static const char *judged_text(const struct tally *y, char *text, size_t size)
{
    if (y->missed && !y->seen)
        snprintf(text, size, "no source");
    else if (y->missed)
        snprintf(text, size, "missed; the wire shows %.10g to %.10g", y->least, y->most);
    else if (y->wrong)
        snprintf(text, size, "%u of %u WRONG", y->wrong, y->equal + y->near + y->wrong);
    else if (y->equal + y->near)
        snprintf(text, size, "%u of %u equal", y->equal, y->equal + y->near);
    else
        snprintf(text, size, "not judged");
    return text;
}

void table_print(const struct table *t, FILE *out)
{
    char error[96], how[96];

    for (unsigned b = 0; b < t->backends; b++) {
        fprintf(out, "\n%s\n%-30s %-12s %-34s %-30s %s\n", t->backend[b], "member", "label",
                "judged", "worst error", "by");
        for (unsigned i = 0; judged_at(i); i++) {
            const struct tally *y = &t->tally[b][i];
            const struct judged *j = judged_at(i);
            char name[2 * NAME_MAX_LEN];

            snprintf(name, sizeof(name), "%s.%s", j->cls, j->member);
            fprintf(out, "%-30s %-12s %-34s %-30s %s\n", name, y->label,
                    judged_text(y, how, sizeof(how)),
                    y->missed ? "-" : error_text(y, error, sizeof(error)),
                    y->equal + y->near + y->wrong || y->missed ? j->by
                    : y->why_not                               ? y->why_not
                                                               : "-");
        }
    }
}

static void markdown_head(const struct table *t, FILE *out)
{
    fputs("| member | judged by |", out);
    for (unsigned b = 0; b < t->backends; b++)
        fprintf(out, " %s: label | judged | worst error |", t->backend[b]);
    fputs("\n|---|---|", out);
    for (unsigned b = 0; b < t->backends; b++)
        fputs("---|---|---|", out);
    fputc('\n', out);
}

static bool any_judged(const struct table *t, unsigned member)
{
    for (unsigned b = 0; b < t->backends; b++)
        if (t->tally[b][member].seen)
            return true;
    return false;
}

static void markdown_judged(const struct table *t, FILE *out)
{
    char error[96], how[96];

    markdown_head(t, out);
    for (unsigned i = 0; judged_at(i); i++) {
        const struct judged *j = judged_at(i);

        if (!any_judged(t, i))
            continue;
        fprintf(out, "| %s.%s | %s |", j->cls, j->member, j->by);
        for (unsigned b = 0; b < t->backends; b++) {
            const struct tally *y = &t->tally[b][i];

            fprintf(out, " %s | %s | %s |", y->label, judged_text(y, how, sizeof(how)),
                    y->missed ? "-" : error_text(y, error, sizeof(error)));
        }
        fputc('\n', out);
    }
}

static void markdown_bounds(FILE *out)
{
    fputs("| member | bound, or definition |\n|---|---|\n", out);
    for (unsigned i = 0; judged_at(i); i++)
        if (judged_at(i)->bound)
            fprintf(out, "| %s.%s | %s |\n", judged_at(i)->cls, judged_at(i)->member,
                    judged_at(i)->bound);
}

static void markdown_blind(const struct table *t, FILE *out)
{
    fputs("| member | why |\n|---|---|\n", out);
    for (unsigned i = 0; judged_at(i); i++) {
        if (!any_judged(t, i))
            fprintf(out, "| %s.%s | %s |\n", judged_at(i)->cls, judged_at(i)->member,
                    t->tally[0][i].why_not);
    }
}

void table_markdown(const struct table *t, FILE *out)
{
    fputs("## Judged\n\n", out);
    markdown_judged(t, out);
    fputs("\n## Bounds and definitions\n\n", out);
    markdown_bounds(out);
    fputs("\n## Not judged, and why\n\n", out);
    markdown_blind(t, out);
}
