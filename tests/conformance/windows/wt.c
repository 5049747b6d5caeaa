/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wt.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CONTEXT 8
#define MAX_NAMES 2048
#define PRINTED_PER_NAME 2 /* further failures of one name are counted only */

static struct {
    const char *file;
    int line;
    const char *test; /* the running test function, also read by the watchdog */
    char topic[96];
    char context[MAX_CONTEXT][128];
    int depth;
    unsigned done, failed, skipped, differs;
} wt;

static struct wt_name {
    char *name;
    unsigned done, failed, differs;
} names[MAX_NAMES];
static unsigned n_names;

static const struct wt_decision_text *decision_texts;
static size_t n_decision_texts;

void wt_at(const char *file, int line)
{
    const char *slash = strrchr(file, '/');

    wt.file = slash ? slash + 1 : file;
    wt.line = line;
}

const char *wt_wine_version(void)
{
    typedef const char *(CDECL * version_fn)(void);
    version_fn get = (version_fn)(void *)GetProcAddress(GetModuleHandleA("ntdll.dll"),
                                                        "wine_get_version");

    return get ? get() : NULL;
}

int wt_on_wine(void)
{
    static int answer = -1;

    if (answer < 0)
        answer = wt_wine_version() != NULL;
    return answer;
}

static struct wt_name *find_name(const char *name)
{
    static struct wt_name *last;

    if (last && !strcmp(last->name, name))
        return last;
    for (unsigned i = 0; i < n_names; i++)
        if (!strcmp(names[i].name, name))
            return last = &names[i];
    if (n_names == MAX_NAMES || !(names[n_names].name = _strdup(name))) {
        printf("%s: too many check names\n", wt.file);
        exit(3);
    }
    return last = &names[n_names++];
}

static void say(const char *what, const char *name, const char *fmt, va_list args)
{
    printf("%s:%d: %s: ", wt.file, wt.line, what);
    if (name)
        printf("[%s] ", name);
    for (int i = 0; i < wt.depth && i < MAX_CONTEXT; i++)
        printf("%s: ", wt.context[i]);
    __mingw_vprintf(fmt, args);
    printf("\n");
}

static void record(const char *name, int cond, const char *fmt, va_list args)
{
    struct wt_name *n = find_name(name);

    wt.done++;
    n->done++;
    if (cond)
        return;
    wt.failed++;
    if (n->failed++ < PRINTED_PER_NAME)
        say("Test failed", name, fmt, args);
}

void wt_ok(int cond, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    record(wt.topic, cond, fmt, args);
    va_end(args);
}

void wt_ok_named(const char *name, int cond, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    record(name, cond, fmt, args);
    va_end(args);
}

void wt_decision(const char *id, int cond, const char *fmt, ...)
{
    const char *text = NULL;
    va_list args;

    for (size_t i = 0; i < n_decision_texts; i++)
        if (!strcmp(decision_texts[i].id, id))
            text = decision_texts[i].text;
    va_start(args, fmt);
    if (!text) {
        record(id, 0, "no such decision in decisions.h", args);
    } else if (cond || wt_on_wine()) {
        record(wt.topic, cond, fmt, args);
    } else {
        struct wt_name *n = find_name(wt.topic);

        record(wt.topic, 1, fmt, args);
        wt.differs++;
        if (n->differs++ < PRINTED_PER_NAME) {
            say("DIFFERS", wt.topic, fmt, args);
            printf("    (documented decision %s: %s)\n", id, text);
        }
    }
    va_end(args);
}

void wt_skip(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    printf("SKIP: ");
    say("skipped", wt.topic, fmt, args);
    va_end(args);
    wt.skipped++;
}

void wt_win_skip(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    if (wt_on_wine()) {
        record(wt.topic, 0, fmt, args);
    } else {
        say("Windows without it, skipped", wt.topic, fmt, args);
        wt.skipped++;
    }
    va_end(args);
}

void wt_trace(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    say("trace", NULL, fmt, args);
    va_end(args);
}

void topic(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    __mingw_vsnprintf(wt.topic, sizeof(wt.topic), fmt, args);
    va_end(args);
}

void push_context(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    if (wt.depth < MAX_CONTEXT)
        __mingw_vsnprintf(wt.context[wt.depth], sizeof(wt.context[0]), fmt, args);
    va_end(args);
    wt.depth++;
}

void pop_context(void)
{
    wt.depth--;
}

/* '*' stands for any text, all else for itself. */
static int matches(const char *pattern, const char *text)
{
    for (; *pattern; pattern++, text++) {
        if (*pattern == '*') {
            do {
                if (matches(pattern + 1, text))
                    return 1;
            } while (*text++);
            return 0;
        }
        if (*pattern != *text)
            return 0;
    }
    return !*text;
}

static int write_names(const char *path, int only_failed)
{
    FILE *f = fopen(path, "wb");

    if (!f)
        return -1;
    for (unsigned i = 0; i < n_names; i++)
        if (!only_failed || names[i].failed)
            fprintf(f, "%s\n", names[i].name);
    return fclose(f);
}

static DWORD WINAPI watchdog(void *seconds)
{
    Sleep((DWORD)(ULONG_PTR)seconds * 1000);
    printf("Test failed: no end after %u s, in %s\n", (unsigned)(ULONG_PTR)seconds, wt.test);
    fflush(stdout);
    TerminateProcess(GetCurrentProcess(), 3);
    return 0;
}

static int usage(const char *program)
{
    printf("usage: %s [--list] [--only PATTERN] [--names FILE] [--failed-names FILE]\n"
           "          [--timeout SECONDS] [--verbose]\n"
           "  --list          names of the test functions\n"
           "  --only          run the functions whose name matches; * stands for any text\n"
           "  --names         write the names of all checks made, one per line\n"
           "  --failed-names  write the names of the checks that failed\n"
           "  --timeout       give up after so many seconds (300)\n"
           "  --verbose       tell each test function's checks and time\n",
           program);
    return 2;
}

int wt_main(int argc, char **argv, const struct wt_test *tests, size_t n_tests,
            const struct wt_decision_text *decisions, size_t n_decisions)
{
    const char *only = "*", *all_file = NULL, *failed_file = NULL;
    unsigned long limit = 300;
    unsigned passed = 0, bad = 0, verbose = 0;

    decision_texts = decisions;
    n_decision_texts = n_decisions;
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;

        if (!strcmp(argv[i], "--list")) {
            for (size_t t = 0; t < n_tests; t++)
                printf("%s\n", tests[t].name);
            return 0;
        }
        if (!strcmp(argv[i], "--verbose")) {
            verbose = 1;
            continue;
        }
        if (!value)
            return usage(argv[0]);
        if (!strcmp(argv[i], "--only"))
            only = value;
        else if (!strcmp(argv[i], "--names"))
            all_file = value;
        else if (!strcmp(argv[i], "--failed-names"))
            failed_file = value;
        else if (!strcmp(argv[i], "--timeout"))
            limit = strtoul(value, NULL, 10);
        else
            return usage(argv[0]);
        i++;
    }
    wt.test = "start";
    CloseHandle(CreateThread(NULL, 0, watchdog, (void *)(ULONG_PTR)limit, 0, NULL));

    for (size_t t = 0; t < n_tests; t++) {
        DWORD start = GetTickCount();
        unsigned done = wt.done;

        if (!matches(only, tests[t].name))
            continue;
        wt.test = tests[t].name;
        topic("%s", tests[t].name);
        tests[t].run();
        wt.depth = 0;
        if (verbose)
            printf("%-16s %6u checks %6lu ms\n", tests[t].name, wt.done - done,
                   GetTickCount() - start);
        fflush(stdout);
    }

    for (unsigned i = 0; i < n_names; i++) {
        bad += names[i].failed != 0;
        passed += names[i].failed == 0;
        if (names[i].failed > PRINTED_PER_NAME)
            printf("[%s] failed %u of %u times\n", names[i].name, names[i].failed, names[i].done);
    }
    if (wt.differs)
        printf("%u checks DIFFER from documented decisions; they count as passed\n", wt.differs);
    if ((all_file && write_names(all_file, 0)) || (failed_file && write_names(failed_file, 1))) {
        printf("cannot write the list of names\n");
        return 3;
    }
    printf("estats-test: %u tests executed (0 marked as todo, %u failures), %u skipped.\n", wt.done,
           wt.failed, wt.skipped);
    printf("%u passed, %u failed, %u skipped\n", passed, bad, wt.skipped);
    fflush(stdout);
    return wt.failed ? 1 : 0;
}
