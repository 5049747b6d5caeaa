/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may Set: members of Administrators, as the calling thread's effective token has it. */
#include "tests.h"

#include <string.h>

static void check_child(const char *fam, const struct row *row)
{
    HANDLE token = token_without_admin();
    DWORD status;

    topic("%s.token.child", fam);
    if (!token) {
        skip("no token without Administrators: error %lu", GetLastError());
        return;
    }
    status = child_set(token, row, TcpConnectionEstatsData, 1);
    if (status == CHILD_FAILED) {
        skip("no child with such a token: error %lu", GetLastError());
    } else {
        ok(status == ERROR_ACCESS_DENIED, "Set of a child without Administrators gives %lu",
           status);
        expect_rw(row, TcpConnectionEstatsData, 0);
        topic("%s.token.child-get", fam);
        set_class(row, TcpConnectionEstatsData, 1);
        status = child_get(token, row, TcpConnectionEstatsData);
        ok(status == 1, "Get of a child without Administrators reads %lu", status);
        set_class(row, TcpConnectionEstatsData, 0);
    }
    CloseHandle(token);
}

static void check_impersonation(const char *fam, const struct row *row, const struct row *nothing)
{
    HANDLE token = impersonation_without_admin();
    BYTE on[8] = {1}, rod[160];
    struct args a;

    topic("%s.token.impersonation", fam);
    ok(token != NULL, "no token without Administrators: error %lu", GetLastError());
    if (!token)
        return;
    /* First as administrator: an answer that was kept must not outlive it. */
    FOR_SWITCHES(cls) expect_code(set_class(row, cls, 0), NO_ERROR, NULL);
    ok(SetThreadToken(NULL, token), "SetThreadToken: error %lu", GetLastError());
    ok(!is_admin(), "still an administrator; a useless test");

    FOR_SWITCHES(cls) expect_code(set_class(row, cls, 1), ERROR_ACCESS_DENIED, NULL);
    FOR_SWITCHES(cls) expect_rw(row, cls, 0);

    topic("%s.token.impersonation-get", fam);
    FOR_CLASSES(cls)
    {
        struct boxes boxes;

        a = get_args(row, cls, &boxes);
        expect_code(call_get(&a), NO_ERROR, NULL);
    }
    expect_code(get_rod(nothing, TcpConnectionEstatsData, rod), ERROR_NOT_FOUND, NULL);

    topic("%s.token.before-type-and-size", fam);
    a = set_args(row, TcpConnectionEstatsData, on);
    a.type = TcpConnectionEstatsSynOpts; /* as seen on Windows */
    expect_code(call_set(&a), ERROR_ACCESS_DENIED, NULL);
    a.offset = 0x12345678;
    expect_code(call_set(&a), ERROR_ACCESS_DENIED, NULL);

    topic("%s.token.after-row-and-zero-size", fam);
    a = set_args(row, TcpConnectionEstatsData, on);
    a.block[RW].size = 0;
    expect_code(call_set(&a), NO_ERROR, "set-zero-first");
    a = set_args(row, TcpConnectionEstatsData, on);
    a.row = NULL;
    a.family = row->family;
    expect_code(call_set(&a), ERROR_INVALID_PARAMETER, "row-first");

    topic("%s.token.reverted", fam);
    SetThreadToken(NULL, NULL);
    FOR_SWITCHES(cls) expect_code(set_class(row, cls, 1), NO_ERROR, NULL);
    FOR_SWITCHES(cls) expect_rw(row, cls, RW_ON(cls));
    CloseHandle(token);
}

struct other_thread {
    struct row row;
    ULONG set;
};

static DWORD WINAPI set_in_thread(void *arg)
{
    struct other_thread *t = arg;

    t->set = set_class(&t->row, TcpConnectionEstatsRec, 1);
    return 0;
}

/* What one thread wears says nothing about another. */
static void check_other_thread(const char *fam, const struct row *row)
{
    HANDLE token = impersonation_without_admin(), thread;
    struct other_thread t = {*row, ~0u};

    topic("%s.token.other-thread", fam);
    if (!token)
        return;
    thread = CreateThread(NULL, 0, set_in_thread, &t, CREATE_SUSPENDED, NULL);
    SetThreadToken(NULL, token);
    expect_code(set_class(row, TcpConnectionEstatsRec, 0), ERROR_ACCESS_DENIED, NULL);
    ResumeThread(thread);
    WaitForSingleObject(thread, 10000);
    SetThreadToken(NULL, NULL);
    expect_code(t.set, NO_ERROR, NULL);
    CloseHandle(thread);
    CloseHandle(token);
}

void test_tokens(void)
{
    topic("token.admin");
    ok(is_admin(), "these tests begin as administrator");
    FOR_FAMILIES(f)
    {
        struct row nothing = row_of_nothing(f);
        struct conn c;

        topic("%s.token", family_names[f]);
        if (!test_conn(&c, f, 0))
            continue;
        check_child(family_names[f], &c.client_row);
        check_impersonation(family_names[f], &c.client_row, &nothing);
        check_other_thread(family_names[f], &c.client_row);
        conn_close(&c);
    }
}
