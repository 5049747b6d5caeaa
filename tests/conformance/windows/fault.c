/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fault.h"

#include <stdint.h>

static struct {
    DWORD thread; /* the one thread whose faults are caught, or 0 */
    DWORD code;
    struct fault fault;
    intptr_t resume[5];
} catching;

/* Runs on the stack of the faulting call, as if that had called it. */
static void __attribute__((noreturn)) resume_after_fault(void)
{
    __builtin_longjmp(catching.resume, 1);
}

/*
 * Leaves the handler before jumping, by sending the thread elsewhere: a longjmp out of a handler
 * would leave the exception dispatcher's own frames behind.
 */
static LONG CALLBACK on_exception(EXCEPTION_POINTERS *info)
{
    EXCEPTION_RECORD *record = info->ExceptionRecord;

    if (catching.thread != GetCurrentThreadId() ||
        record->ExceptionCode != (DWORD)EXCEPTION_ACCESS_VIOLATION)
        return EXCEPTION_CONTINUE_SEARCH;
    catching.thread = 0;
    catching.code = record->ExceptionCode;
    catching.fault.instruction = record->ExceptionAddress;
    catching.fault.data = record->NumberParameters >= 2
                              ? (const void *)record->ExceptionInformation[1]
                              : NULL;
#ifdef _WIN64
    info->ContextRecord->Rip = (ULONG_PTR)resume_after_fault;
    info->ContextRecord->Rsp = ((info->ContextRecord->Rsp - 512) & ~(ULONG_PTR)15) - 8;
#else
    info->ContextRecord->Eip = (ULONG_PTR)resume_after_fault;
    info->ContextRecord->Esp = ((info->ContextRecord->Esp - 512) & ~(ULONG_PTR)15) - 4;
#endif
    return EXCEPTION_CONTINUE_EXECUTION;
}

/* The buffer may only be jumped to from elsewhere than the function that set it. */
static int __attribute__((noinline)) run_caught(void (*fn)(void *), void *arg)
{
    if (__builtin_setjmp(catching.resume))
        return 1;
    catching.thread = GetCurrentThreadId();
    fn(arg);
    catching.thread = 0;
    return 0;
}

DWORD catch_fault(void (*fn)(void *), void *arg, struct fault *fault)
{
    void *handler = AddVectoredExceptionHandler(1, on_exception);
    int faulted = run_caught(fn, arg);

    RemoveVectoredExceptionHandler(handler);
    if (!faulted)
        return 0;
    *fault = catching.fault;
    return catching.code;
}

void *guarded(size_t n)
{
    const size_t page = 4096;
    DWORD old;
    BYTE *base = VirtualAlloc(NULL, 2 * page, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);

    if (!base || n > page)
        return NULL;
    VirtualProtect(base + page, page, PAGE_NOACCESS, &old);
    return base + page - n;
}

void guard_free(void *ptr)
{
    /* A block of no bytes begins at the guard page. */
    BYTE *base = (BYTE *)(((ULONG_PTR)ptr - 1) & ~(ULONG_PTR)4095);

    VirtualFree(base, 0, MEM_RELEASE);
}
