/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the functions are called: the stack, the thread's last error. */
#include "tests.h"

#ifdef _WIN64
void test_stack_balance(void)
{
    /* One calling convention, and the caller cleans up. */
}
#else
/* Calls a stdcall function; returns how far the stack pointer is from where it was. */
static int stack_drift(const void *function, const ULONG *arguments, int n)
{
    int drift;

    __asm__ volatile("movl %%esp, %%edi\n\t"
                     "1: testl %%ecx, %%ecx\n\t"
                     "jz 2f\n\t"
                     "decl %%ecx\n\t"
                     "pushl (%%esi,%%ecx,4)\n\t"
                     "jmp 1b\n\t"
                     "2: call *%%eax\n\t"
                     "movl %%esp, %%ecx\n\t"
                     "movl %%edi, %%esp\n\t"
                     "subl %%edi, %%ecx"
                     : "=c"(drift), "+a"(function)
                     : "S"(arguments), "c"(n)
                     : "edi", "edx", "memory", "cc");
    return drift;
}

void test_stack_balance(void)
{
    const ULONG none[11] = {0}; /* a Row of NULL: every argument is looked at by nobody else */

    FOR_FAMILIES(f)
    {
        topic("%s.get.stdcall", family_names[f]);
        ok(api.get[f] && !stack_drift((const void *)api.get[f], none, 11), "44 bytes not popped");
        topic("%s.set.stdcall", family_names[f]);
        ok(api.set[f] && !stack_drift((const void *)api.set[f], none, 6), "24 bytes not popped");
    }
}
#endif

void test_last_error(void)
{
    FOR_FAMILIES(f)
    {
        struct row nothing = row_of_nothing(f);
        struct boxes boxes;
        struct conn c;
        BYTE on = 1;

        topic("%s.last-error", family_names[f]);
        if (!test_conn(&c, f, 0))
            continue;
        struct args get[] = {
            get_args(&c.client_row, TcpConnectionEstatsData, &boxes),
            get_args(&nothing, TcpConnectionEstatsData, &boxes),
            get_args(&c.client_row, TcpConnectionEstatsData, &boxes),
        };
        struct args set[] = {
            set_args(&c.client_row, TcpConnectionEstatsData, &on),
            set_args(&nothing, TcpConnectionEstatsData, &on),
            set_args(&c.client_row, TcpConnectionEstatsData, &on),
        };

        get[2].block[ROD].version = 1;
        set[2].offset = 1;
        topic("%s.get.last-error", family_names[f]);
        for (int i = 0; i < 3; i++) {
            SetLastError(0xdeadbeef);
            ULONG code = call_get(&get[i]);
            DWORD last = GetLastError();

            decision("last-error", code != NOT_EXPORTED && last == 0xdeadbeef,
                     "call %d, code %lu: last error %#lx", i, code, last);
        }
        topic("%s.set.last-error", family_names[f]);
        for (int i = 0; i < 3; i++) {
            SetLastError(0xdeadbeef);
            ULONG code = call_set(&set[i]);
            DWORD last = GetLastError();

            decision("last-error", code != NOT_EXPORTED && last == 0xdeadbeef,
                     "call %d, code %lu: last error %#lx", i, code, last);
        }
        conn_close(&c);
    }
}
