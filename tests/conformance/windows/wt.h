/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A small test kit with the words of Wine's tests, for programs that run on Windows as well.
 *
 * Every check belongs to a name that stays the same from version to version, so that a list of
 * checks that must fail somewhere can name them: the topic that was set last, or the name given to
 * ok_named(). A name may be checked many times (in loops over classes and sizes); it has failed if
 * any of its checks has.
 */
#ifndef WT_H
#define WT_H

#include <winsock2.h>
#include <windows.h>

#define WT_PRINTF(f, a) __attribute__((format(gnu_printf, f, a)))

/* ok(cond, fmt, ...): a fact about Windows that must hold here too. */
#define ok_(file, line) wt_at(file, line), wt_ok
#define ok ok_(__FILE__, __LINE__)
#define ok_named wt_at(__FILE__, __LINE__), wt_ok_named

/* decision(id, cond, fmt, ...): our answer where no document gives Windows'. See decisions.h. */
#define decision wt_at(__FILE__, __LINE__), wt_decision

/* broken(cond): a known other answer of some Windows; never true elsewhere. */
#define broken(cond) (!wt_on_wine() && (cond))

#define skip wt_at(__FILE__, __LINE__), wt_skip
/* win_skip: allowed on Windows only; under Wine a failure. */
#define win_skip wt_at(__FILE__, __LINE__), wt_win_skip
#define trace wt_at(__FILE__, __LINE__), wt_trace

void wt_at(const char *file, int line);
void wt_ok(int cond, const char *fmt, ...) WT_PRINTF(2, 3);
void wt_ok_named(const char *name, int cond, const char *fmt, ...) WT_PRINTF(3, 4);
void wt_decision(const char *id, int cond, const char *fmt, ...) WT_PRINTF(3, 4);
void wt_skip(const char *fmt, ...) WT_PRINTF(1, 2);
void wt_win_skip(const char *fmt, ...) WT_PRINTF(1, 2);
void wt_trace(const char *fmt, ...) WT_PRINTF(1, 2);

/* Names the checks that follow; ends with the test function. */
void topic(const char *fmt, ...) WT_PRINTF(1, 2);

/* Says in a failure's message which turn of a loop it was. */
void push_context(const char *fmt, ...) WT_PRINTF(1, 2);
void pop_context(void);

/* Wine's version, or NULL on Windows. */
const char *wt_wine_version(void);
int wt_on_wine(void);

struct wt_test {
    const char *name;
    void (*run)(void);
};

struct wt_decision_text {
    const char *id, *text;
};

/* Runs the tests that the command line selects; the return value is the exit status. */
int wt_main(int argc, char **argv, const struct wt_test *tests, size_t n_tests,
            const struct wt_decision_text *decisions, size_t n_decisions);

#endif
