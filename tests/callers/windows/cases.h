/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What programs do with these functions, one case for each habit. A case passes when the program's
 * user would see what he sees on Windows.
 */
#ifndef CASES_H
#define CASES_H

#include "owners.h"
#include "session.h"

/* CASE(function, name of the behaviour) in the order in which they run. */
#define ALL_CASES(CASE)                                                                        \
    CASE(proxy_waits, "a proxy waits until what it wrote is acknowledged")                     \
    CASE(proxy_arbitrary_byte, "a proxy hands a pointer's bytes over as the switch")           \
    CASE(proxy_socket_first, "a proxy asks the socket first, then these functions")            \
    CASE(proxy_closed_row, "a proxy that finds the row of a closed connection sleeps instead") \
    CASE(firewall_all_rows, "a firewall's view switches every row on, again and again")        \
    CASE(firewall_bandwidth, "a firewall's view compares both switches with one")              \
    CASE(firewall_owner, "a firewall's view asks which program owns a row")                    \
    CASE(meter_table_classes, "a meter reads the table with every owner class")                \
    CASE(meter_sizing, "a meter asks for the table's size first")                              \
    CASE(meter_differences, "a meter takes differences of totals")                             \
    CASE(meter_first_rows, "a meter gives up unless one row lets itself be switched on")       \
    CASE(meter_writes_two, "a meter writes two for on and compares with one")                  \
    CASE(benchmark_own_row, "a benchmark finds its row as its socket names it")                \
    CASE(benchmark_all_classes, "a benchmark switches all classes on and reads all")           \
    CASE(client_round_trip, "a client scales its own socket's round trip")                     \
    CASE(probe_empty_row, "a probe tries a row of zeros")                                      \
    CASE(lister_each_row, "a lister switches on, reads and switches off, row by row")          \
    CASE(lister_closed_rows, "a lister is told that closed rows have no statistics")           \
    CASE(lister_listening_row, "a lister finds nothing for a listening row")                   \
    CASE(reader_doubles, "a reader doubles its buffer until it fits")                          \
    CASE(reader_other_row, "a reader hands a row of another kind over")                        \
    CASE(reader_host_order, "a reader hands a row in host order over, or a pointer to it")     \
    CASE(reader_short_structure, "a reader relies on the code for a wrong size")               \
    CASE(reader_unchanged, "a reader leaves both directions unchanged and reads the switch")   \
    CASE(overlay_not_enabled, "an overlay reads round trips that nobody switched on")          \
    CASE(overlay_round_trip, "an overlay shows the round trip")                                \
    CASE(dashboard_minus_one, "a dashboard takes all-ones for no value")                       \
    CASE(dashboard_gap, "a dashboard counts on over a gap")                                    \
    CASE(dashboard_losses, "a dashboard shows what had to be sent again")                      \
    CASE(importer_by_name, "a program that imports the IPv6 pair starts and calls it")         \
    CASE(threads_at_once, "a program polls from many threads")

#define DECLARE(function, name) void case_##function(enum family f);
ALL_CASES(DECLARE)
#undef DECLARE

/* The code is one of up to four, ended by CODES_END. */
#define CODES_END ((ULONG)-1)
#define expect_one_of(what, code, ...) \
    check_one_of(what, code, (const ULONG[]){__VA_ARGS__, CODES_END})
void check_one_of(const char *what, ULONG code, const ULONG *codes);

#define expect_ok(code, what)                        \
    do {                                             \
        ULONG got_ = (code);                         \
        ok(got_ == NO_ERROR, "%s: %lu", what, got_); \
    } while (0)

/* Everything that was talked over the connection is in its totals. */
void check_totals(const struct session *session);

#endif
