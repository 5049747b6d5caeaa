/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of wine-estats-selftest.exe. */
#ifndef SELFTEST_H
#define SELFTEST_H

#include <winsock2.h>
#include <ws2tcpip.h>
#include <iphlpapi.h>

/* Exit statuses; tools/wine-estats goes by them. */
enum verdict {
    VERDICT_OK = 0,
    VERDICT_FAILED = 1,    /* something of the test itself, no network for instance */
    VERDICT_NOT_OURS = 2,  /* this program got another DLL */
    VERDICT_NO_HELPER = 3, /* ours, but it cannot reach the host */
    VERDICT_WRONG = 4,     /* the numbers are not those of the connection */
    VERDICT_BROKEN = 5,    /* the other exports do not work */
    VERDICT_HIDDEN = 6,    /* WINE_ESTATS_HIDE takes the functions away */
    VERDICT_DENIED = 7     /* not a member of Administrators */
};

/* Says what is wrong and returns the verdict. */
enum verdict fail(enum verdict verdict, const char *format, ...)
    __attribute__((format(gnu_printf, 2, 3)));

/* Where this process gets a DLL from: ours for its prefix, or for all; Wine's, somebody else's. */
enum kind { KIND_OURS, KIND_SYSTEM, KIND_WINE, KIND_OTHER };
enum kind module_kind(HMODULE module);
BOOL is_ours(HMODULE module);
enum verdict check_module(HMODULE module);

struct estats_functions {
    ULONG(WINAPI *set4)(PMIB_TCPROW, TCP_ESTATS_TYPE, PUCHAR, ULONG, ULONG, ULONG);
    ULONG(WINAPI *get4)
    (PMIB_TCPROW, TCP_ESTATS_TYPE, PUCHAR, ULONG, ULONG, PUCHAR, ULONG, ULONG, PUCHAR, ULONG,
     ULONG);
    ULONG(WINAPI *set6)(PMIB_TCP6ROW, TCP_ESTATS_TYPE, PUCHAR, ULONG, ULONG, ULONG);
    ULONG(WINAPI *get6)
    (PMIB_TCP6ROW, TCP_ESTATS_TYPE, PUCHAR, ULONG, ULONG, PUCHAR, ULONG, ULONG, PUCHAR, ULONG,
     ULONG);
};

/* Bytes that the test sends and receives on a connection. */
#define BYTES_OUT 5000
#define BYTES_IN 777

/* A connection of our own over family's loopback address, and what is counted on it. */
enum verdict check_connection(const struct estats_functions *functions, int family);
/* Whether the host has that address at all. */
BOOL have_loopback(int family);

/* rasapi32.dll: are the host's links its connections? *count: of them. */
enum verdict check_ras(unsigned long *count);

/* What is wrong with a DLL that is not ours. */
enum verdict not_ours(const char *name, HMODULE module);

/* By which way this process has a helper, or NULL. */
const char *helper_in_words(void);

/* Lines "name=value" about this process, for `wine-estats status`. */
void print_facts(HMODULE module);

#endif
