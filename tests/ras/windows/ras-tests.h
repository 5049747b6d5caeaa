/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef RAS_TESTS_H
#define RAS_TESTS_H

#define ALL_RAS_TESTS(TEST)      \
    TEST(abi)                    \
    TEST(exports)                \
    TEST(module)                 \
    TEST(forwarders)             \
    TEST(enum_arguments)         \
    TEST(enum_size_of_structure) \
    TEST(enum_sizing)            \
    TEST(enum_generations)       \
    TEST(enum_contents)          \
    TEST(status_arguments)       \
    TEST(status_contents)        \
    TEST(get_arguments)          \
    TEST(get_link_arguments)     \
    TEST(clear_arguments)        \
    TEST(get_and_clear)          \
    TEST(bad_pointers)           \
    TEST(hang_up)

#define DECLARE(name) void test_##name(void);
ALL_RAS_TESTS(DECLARE)
#undef DECLARE

/* Where no document gives Windows' answer; the whole list with reasons is in docs/decisions.md. */
#define ALL_RAS_DECISIONS(DECISION)                                                           \
    DECISION("enum-null", "no place for size or count: ERROR_INVALID_PARAMETER")              \
    DECISION("enum-size", "an unknown dwSize: ERROR_INVALID_SIZE, nothing written")           \
    DECISION("enum-count", "ERROR_BUFFER_TOO_SMALL leaves the count alone")                   \
    DECISION("enum-needed", "without a buffer the size is for the newest structure")          \
    DECISION("enum-tiny", "less than dwSize itself: ERROR_BUFFER_TOO_SMALL")                  \
    DECISION("enum-short", "less than one structure: ERROR_BUFFER_TOO_SMALL also for none")   \
    DECISION("get-handle", "a handle that names no connection: ERROR_INVALID_HANDLE")         \
    DECISION("get-subentry", "a subentry that is not connected: ERROR_NO_CONNECTION")         \
    DECISION("clear-order", "the handle is looked at before the subentry")                    \
    DECISION("clear-duration", "clearing leaves duration and speed")                          \
    DECISION("status-handle", "ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER for no pointer") \
    DECISION("fault", "memory that is not there faults, in the DLL, with nothing written")    \
    DECISION("status-size", "an unknown dwSize: ERROR_INVALID_SIZE, nothing written")

#endif
