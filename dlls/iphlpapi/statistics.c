/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GetTcpStatisticsEx2 and GetUdpStatisticsEx2, for a Wine without them: what its functions without
 * the 2 say, but for the two counters that have 64 bits here. Those are the host's; where there is
 * no helper they wrap as Wine's do.
 */
#include <winsock2.h>
#include <windows.h>
#include <iphlpapi.h>

#include <stddef.h>
#include <string.h>

#include "../shim/debug.h"
#include "../shim/helper.h"
#include "../wineestats/gate.h"
#include "exports.h"

/* As in tcpmib.h and udpmib.h of newer SDKs; mingw-w64 has none of the two. */
struct tcp_stats2 {
    DWORD to_curr_estab[9]; /* as MIB_TCPSTATS begins */
    DWORD64 in_segs, out_segs;
    DWORD from_retrans_segs[4]; /* as it ends */
};

struct udp_stats2 {
    DWORD64 in_datagrams;
    DWORD no_ports, in_errors;
    DWORD64 out_datagrams;
    DWORD addresses;
};

_Static_assert(offsetof(struct tcp_stats2, in_segs) == 40 && sizeof(struct tcp_stats2) == 72 &&
                   sizeof(struct udp_stats2) == 32,
               "as Windows lays them out");
_Static_assert(offsetof(MIB_TCPSTATS, dwInSegs) == 36 &&
                   offsetof(MIB_TCPSTATS, dwRetransSegs) == 44 && sizeof(MIB_TCPSTATS) == 60,
               "MIB_TCPSTATS");

typedef DWORD(WINAPI *stats_fn)(void *stats, ULONG family);

/* in and out hold what Wine says. */
static void read_totals(ULONG family, enum estats_protocol protocol, DWORD64 *in, DWORD64 *out)
{
    struct estats_totals totals;

    memset(&totals, 0, sizeof(totals));
    totals.family = family == AF_INET ? ESTATS_IPV4 : ESTATS_IPV6;
    totals.protocol = protocol;
    if (helper_present() && !helper_call(ESTATS_TOTALS, &totals)) {
        *in = totals.in;
        *out = totals.out;
    }
}

static DWORD get_tcp(void *stats, ULONG family)
{
    stats_fn get = (stats_fn)(void *)stock_named("GetTcpStatisticsEx");
    struct tcp_stats2 answer;
    MIB_TCPSTATS old;
    DWORD error = get ? get(&old, family) : ERROR_NOT_SUPPORTED;

    if (error)
        return error;
    memset(&answer, 0, sizeof(answer));
    memcpy(answer.to_curr_estab, &old, sizeof(answer.to_curr_estab));
    memcpy(answer.from_retrans_segs, &old.dwRetransSegs, sizeof(answer.from_retrans_segs));
    answer.in_segs = old.dwInSegs;
    answer.out_segs = old.dwOutSegs;
    read_totals(family, ESTATS_TCP, &answer.in_segs, &answer.out_segs);
    memcpy(stats, &answer, sizeof(answer));
    return NO_ERROR;
}

static DWORD get_udp(void *stats, ULONG family)
{
    stats_fn get = (stats_fn)(void *)stock_named("GetUdpStatisticsEx");
    struct udp_stats2 answer;
    MIB_UDPSTATS old;
    DWORD error = get ? get(&old, family) : ERROR_NOT_SUPPORTED;

    if (error)
        return error;
    memset(&answer, 0, sizeof(answer));
    answer.in_datagrams = old.dwInDatagrams;
    answer.no_ports = old.dwNoPorts;
    answer.in_errors = old.dwInErrors;
    answer.out_datagrams = old.dwOutDatagrams;
    answer.addresses = old.dwNumAddrs;
    read_totals(family, ESTATS_UDP, &answer.in_datagrams, &answer.out_datagrams);
    memcpy(stats, &answer, sizeof(answer));
    return NO_ERROR;
}

static DWORD get_stats(enum own_export which, void *stats, ULONG family,
                       DWORD (*get)(void *stats, ULONG family))
{
    const char *name = own_export_name(which);
    stats_fn stock;
    DWORD error;

    if (is_hidden(which)) {
        stock = (stats_fn)(void *)stock_function(which);
        return stock ? stock(stats, family) : ERROR_NOT_SUPPORTED;
    }
    if (!stats || (family != AF_INET && family != AF_INET6))
        return ERROR_INVALID_PARAMETER;
    error = get(stats, family);
    TRACE(name, "family %lu -> %lu\n", family, error);
    return error;
}

ULONG WINAPI GetTcpStatisticsEx2(void *stats, ULONG family);
ULONG WINAPI GetTcpStatisticsEx2(void *stats, ULONG family)
{
    return get_stats(TCP_STATISTICS, stats, family, get_tcp);
}

ULONG WINAPI GetUdpStatisticsEx2(void *stats, ULONG family);
ULONG WINAPI GetUdpStatisticsEx2(void *stats, ULONG family)
{
    return get_stats(UDP_STATISTICS, stats, family, get_udp);
}
