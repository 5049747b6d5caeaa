/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Conformance test of the four TCP extended statistics functions of iphlpapi.dll: one program for
 * Windows, for Wine with wine-estats, and for Wine without.
 */
#include "tests.h"
#include "decisions.h"

#include <stdio.h>

const BYTE fills[2] = {0xcc, 0x55};

int test_conn(struct conn *c, enum family family, unsigned flags)
{
    int error = conn_open(c, family, flags);

    if (error)
        skip("no %s connection over loopback: WSA error %d", family_names[family], error);
    return !error;
}

void check_code(ULONG got, ULONG want, const char *id)
{
    int same = got == want || broken(want == ERROR_NOT_FOUND && got == ERROR_INVALID_NETNAME) ||
               broken(want == ERROR_INVALID_USER_BUFFER && got == ERROR_INSUFFICIENT_BUFFER);

    if (id)
        wt_decision(id, same, "got %lu %s, expected %lu %s", got, code_name(got), want,
                    code_name(want));
    else
        wt_ok(same, "got %lu %s, expected %lu %s", got, code_name(got), want, code_name(want));
}

void check_rw(const struct row *row, int cls, int want)
{
    int rw = get_rw(row, cls);

    wt_ok(rw == want, "%s: Rw reads %d, expected %d", classes[cls].name, rw, want);
}

#define ENTRY(name, needs_set) {#name, test_##name},
static const struct wt_test tests[] = {ALL_TESTS(ENTRY)};
#undef ENTRY
#define ENTRY(name, needs_set) {#name, no_set_##name},
#define SKIPPER(name, needs_set)                       \
    static void no_set_##name(void)                    \
    {                                                  \
        if (needs_set)                                 \
            win_skip("needs to run as administrator"); \
        else                                           \
            test_##name();                             \
    }
ALL_TESTS(SKIPPER)
static const struct wt_test tests_without_set[] = {ALL_TESTS(ENTRY)};

#define DECISION(id, text) {id, text},
static const struct wt_decision_text decisions[] = {ALL_DECISIONS(DECISION)};

/* Ours exports all four functions and they work; stock Wine has one that refuses. */
static void say_what_this_is(void)
{
    char path[MAX_PATH] = "?";
    struct conn c;
    ULONG code = NOT_EXPORTED;

    GetModuleFileNameA(api.module, path, sizeof(path));
    if (!conn_open(&c, V4, 0)) {
        code = set_class(&c.client_row, TcpConnectionEstatsData, 1);
        conn_close(&c);
    }
    printf("%u-bit program, %s%s, %s, exports %d of 4, Set answers %lu: %s\n",
           (unsigned)sizeof(void *) * 8, wt_on_wine() ? "Wine " : "Windows",
           wt_on_wine() ? wt_wine_version() : "", path,
           !!api.get[V4] + !!api.get[V6] + !!api.set[V4] + !!api.set[V6], code,
           !wt_on_wine()                                ? "Windows' own"
           : code == NO_ERROR                           ? "wine-estats"
           : api.get[V4] != NULL && api.get[V6] != NULL ? "wine-estats, not working"
                                                        : "Wine's own");
    if (!is_admin())
        printf("not an administrator\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    WSADATA wsa;
    int status, no_set;

    WSAStartup(MAKEWORD(2, 2), &wsa);
    if (is_child(argc, argv, &status))
        ExitProcess((UINT)status);
    load_api();
    say_what_this_is();
    no_set = !wt_on_wine() && !is_admin();
    return wt_main(argc, argv, no_set ? tests_without_set : tests, sizeof(tests) / sizeof(tests[0]),
                   decisions, sizeof(decisions) / sizeof(decisions[0]));
}
