/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oracle-judge: reads what oracle-rig left in a number of directories and says of every member that
 * libtcpestats gave how far it is from what crossed the wire. Shares no code with the library.
 *
 * Exit status: 0 all as the labels promise, 1 not so, 2 usage.
 */
#include "table.h"

#include <err.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEFT, RIGHT, ENDS };

struct run {
    struct reading told[ENDS];
    struct packets packets[ENDS];
    struct ledger wire[ENDS];
};

struct judge {
    struct table table;
    unsigned passed, failed, skipped;
    bool everything;   /* print every verdict */
    const char *alter; /* "Class.Member": told with one more than it was */
    unsigned bites, toothless;
};

static const char *const side_name[ENDS] = {"left", "right"};

static void usage(FILE *out)
{
    fputs("usage: oracle-judge [options] DIRECTORY...\n"
          "  --markdown=FILE        write the tables down\n"
          "  --all                  print every verdict, not only those that are wrong\n"
          "  --alter=CLASS.MEMBER   judge as if this member had been told with one more\n"
          "  --bites                also alter each value that was judged, and count the verdicts\n"
          "                         that notice\n",
          out);
}

static bool load(struct run *r, const char *dir)
{
    char name[PATH_MAX];

    for (int i = 0; i < ENDS; i++) {
        uint64_t cut;

        snprintf(name, sizeof(name), "%s/%s.read", dir, side_name[i]);
        if (!reading_load(name, &r->told[i]))
            return false;
        snprintf(name, sizeof(name), "%s/%s.pcap", dir, side_name[i]);
        if (!pcap_read(name, &r->told[i].connection, &r->packets[i]))
            return false;
        cut = r->told[i].polls[r->told[i].poll_count - 1].end_ns;
        ledger_make(&r->wire[i], &r->packets[i], cut);
    }
    return true;
}

static void unload(struct run *r)
{
    for (int i = 0; i < ENDS; i++) {
        reading_free(&r->told[i]);
        free(r->packets[i].at);
        ledger_free(&r->wire[i]);
    }
}

static void print_verdict(const struct view *v, const struct told *t, const struct verdict *d)
{
    static const char *const name[] = {"equal", "near", "zero", "WRONG", "missed", "unjudged"};

    printf("%-8s %s %s %s %s.%s (%s) says %" PRIu64, name[d->outcome], v->told->scenario,
           v->told->cc, v->told->side, t->cls, t->member, t->label, t->value);
    if (d->found.how != BLIND)
        printf(", the wire %.10g [%.10g, %.10g]", d->found.truth, d->found.lo, d->found.hi);
    if (d->complaint)
        printf(": %s", d->complaint);
    putchar('\n');
}

/* A verdict that would be the same about another number is none. */
static void bite(struct judge *j, const struct told *t, const struct judged *row,
                 const struct view *v, const struct verdict *d)
{
    struct told other = *t;

    if (d->outcome == MISSED || d->outcome == UNJUDGED || d->outcome == WRONG)
        return;
    if (d->found.how == EQUAL || d->outcome == RIGHT_ZERO)
        other.value++;
    else if (isfinite(d->found.hi))
        other.value = (uint64_t)fmax(fmax(d->found.hi, d->found.truth), 0) + 2;
    else if (d->found.lo >= 1)
        other.value = (uint64_t)d->found.lo - 1;
    else
        return;
    j->bites++;
    if (verdict_on(&other, row, v).outcome != WRONG) {
        j->toothless++;
        printf("TOOTHLESS %s.%s: %" PRIu64 " would do as well as %" PRIu64 "\n", t->cls, t->member,
               other.value, t->value);
    }
}

static void judge_end(struct judge *j, const struct view *v, bool bites)
{
    const char *amiss = verdict_on_capture(v);

    if (amiss) {
        printf("WRONG    %s %s %s: %s\n", v->told->scenario, v->told->cc, v->told->side, amiss);
        j->failed++;
        return;
    }
    for (unsigned i = 0; judged_at(i); i++) {
        const struct judged *row = judged_at(i);
        const struct told *told = reading_find(v->told, row->cls, row->member);
        struct told t;
        struct verdict d;

        if (!told) {
            printf("WRONG    %s.%s was not told\n", row->cls, row->member);
            j->failed++;
            continue;
        }
        t = *told;
        if (j->alter && strncmp(j->alter, t.cls, strlen(t.cls)) == 0 &&
            strcmp(j->alter + strlen(t.cls) + 1, t.member) == 0)
            t.value++;
        d = verdict_on(&t, row, v);
        if (d.outcome == WRONG || j->everything)
            print_verdict(v, &t, &d);
        j->failed += d.outcome == WRONG;
        j->skipped += d.outcome == UNJUDGED || d.outcome == MISSED;
        j->passed += d.outcome < WRONG;
        table_add(&j->table, v->told->backend, i, &t, &d);
        if (bites)
            bite(j, &t, row, v, &d);
    }
    for (unsigned i = 0; i < v->told->field_count; i++) {
        const struct told *t = &v->told->field[i];

        if (judged_find(t->cls, t->member))
            continue;
        printf("WRONG    nothing is known of %s.%s\n", t->cls, t->member);
        j->failed++;
    }
}

static bool write_down(const struct judge *j, const char *file)
{
    FILE *out = fopen(file, "we");

    if (!out) {
        warn("%s", file);
        return false;
    }
    table_markdown(&j->table, out);
    return fclose(out) == 0;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"markdown", required_argument, NULL, 'm'}, {"all", no_argument, NULL, 'a'},
        {"alter", required_argument, NULL, 'l'},    {"bites", no_argument, NULL, 'b'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0}};
    static struct judge j;
    const char *markdown = NULL;
    bool bites = false;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'm':
            markdown = optarg;
            break;
        case 'a':
            j.everything = true;
            break;
        case 'l':
            j.alter = optarg;
            break;
        case 'b':
            bites = true;
            break;
        default:
            usage(c == 'h' ? stdout : stderr);
            return c == 'h' ? 0 : 2;
        }
    }
    if (optind == argc) {
        usage(stderr);
        return 2;
    }
    for (; optind < argc; optind++) {
        static struct run r;

        memset(&r, 0, sizeof(r));
        if (load(&r, argv[optind])) {
            for (int i = 0; i < ENDS; i++)
                judge_end(&j, &(struct view){&r.told[i], &r.told[!i], &r.wire[i], &r.wire[!i]},
                          bites);
            j.table.runs++;
        } else {
            j.failed++;
        }
        unload(&r);
    }
    table_print(&j.table, stdout);
    if (markdown && !write_down(&j, markdown))
        return 1;
    if (bites) {
        printf("%u of %u altered values are noticed\n", j.bites - j.toothless, j.bites);
        j.failed += j.toothless + !j.bites;
    }
    printf("%u passed, %u failed, %u skipped\n", j.passed, j.failed, j.skipped);
    return j.failed ? 1 : 0;
}
