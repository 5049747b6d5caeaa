# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# tree DIRECTORY 10.0|11.10: a stand-in for the source of Wine, of the lines only that the series
# hang on, in the shape that they have in that version.

into() { # file, of the tree; standard input: its lines
    mkdir -p "$tree_dir/$(dirname "$1")"
    cat >"$tree_dir/$1"
}

stub() { # function
    cat <<C

/***********************************************************************
 *    $1 (IPHLPAPI.@)
 */
ULONG WINAPI $1( void *row, TCP_ESTATS_TYPE type,
                 ULONG version )
{
    FIXME( "(%p): stub\n", row );
    return ERROR_CALL_NOT_IMPLEMENTED;
}
C
}

tree() {
    tree_dir=$1
    into include/tcpestats.h <<'C'
#ifndef _TCPESTATS_
typedef int TCP_ESTATS_TYPE;

#endif /* _TCPESTATS_ */
C
    into include/iphlpapi.h <<'C'
IPHLPAPI_DLL_LINKAGE ULONG WINAPI GetPerTcpConnectionEStats(MIB_TCPROW *row);
IPHLPAPI_DLL_LINKAGE DWORD WINAPI GetUdpStatisticsEx(PMIB_UDPSTATS pStats, DWORD dwFamily);
IPHLPAPI_DLL_LINKAGE DWORD WINAPI SetIfEntry(PMIB_IFROW pIfRow);
C
    into include/wine/nsi.h <<'C'
#define NSI_TCP_LISTEN_TABLE               5

#define IOCTL_NSIPROXY_WINE_CHANGE_NOTIFICATION CTL_CODE(FILE_DEVICE_NETWORK, 0x404, 0, 0)

/* input for IOCTL_NSIPROXY_WINE_GET_PARAMETER */
struct nsi_get_parameter_ex
{
    int a;
};
DWORD WINAPI NsiRequestChangeNotificationEx( struct nsi_request_change_notification_ex *params );
C
    into include/mstcpip.h <<'C'
#ifndef USE_WS_PREFIX
#define SIO_INDEX_DEL_MCAST   _WSAIOW(IOC_VENDOR, 11)
#else
#define WS_SIO_INDEX_DEL_MCAST   _WSAIOW(WS_IOC_VENDOR, 11)
#endif
C
    into include/wine/afd.h <<'C'
#define IOCTL_AFD_WINE_GET_TCP_KEEPCNT                  WINE_AFD_IOC(301)
#define IOCTL_AFD_WINE_SET_TCP_KEEPINTVL                WINE_AFD_IOC(304)

C_ASSERT( sizeof(struct afd_get_info_params) == 12 );

#endif
C
    into dlls/iphlpapi/iphlpapi.spec <<'C'
#@ stub GetOwnerModuleFromTcpEntry
#@ stub GetPerTcp6ConnectionEStats
@ stdcall GetPerTcpConnectionEStats( ptr long ptr long long ptr long long ptr long long )
#@ stub SetPerTcp6ConnectionEStats
@ stdcall SetPerTcpConnectionEStats( ptr long ptr long long long )
C
    {
        printf '#include <stdarg.h>\n\nDWORD WINAPI First(void)\n{\n    return 0;\n}\n'
        stub GetPerTcpConnectionEStats
        [ "$2" = 10.0 ] || stub GetPerTcp6ConnectionEStats
        stub SetPerTcpConnectionEStats
        [ "$2" = 10.0 ] || stub SetPerTcp6ConnectionEStats
        stub Neighbour
    } | into dlls/iphlpapi/iphlpapi_main.c
    printf 'SOURCES = \\\n\tiphlpapi_main.c \\\n\tversion.rc\n' | into dlls/iphlpapi/Makefile.in
    printf 'static void test(void);\n\nSTART_TEST(iphlpapi)\n{\n    freeIPHlpApi();\n}\n' |
        into dlls/iphlpapi/tests/iphlpapi.c
    printf '@ stub NsiSetAllParameters\n@ stub NsiSetAllParametersEx\n' | into dlls/nsi/nsi.spec
    echo '#include "winsock2.h"' | into dlls/nsi/nsi.c
    printf 'SOURCES = \\\n\tdevice.c \\\n\ttcp.c \\\n\tudp.c\n' | into dlls/nsiproxy.sys/Makefile.in
    into dlls/nsiproxy.sys/device.c <<'C'
/*
 * nsiproxy.sys
 *
 * This library is free software; you can redistribute it and/or
 * License along with this library.
 */
enum unix_calls
{
    nsi_get_parameter_ex,
    nsi_get_notification,
};

static NTSTATUS nsiproxy_get_parameter( IRP *irp )
    case IOCTL_NSIPROXY_WINE_GET_PARAMETER:
C
    into dlls/nsiproxy.sys/nsi.c <<'C'
    &tcp_module,
    &udp_module,

NTSTATUS nsi_get_parameter_ex( struct nsi_get_parameter_ex *params )

static NTSTATUS unix_nsi_get_parameter_ex( void *args )

    unix_nsi_get_parameter_ex,
    unix_nsi_get_notification,
C
    into dlls/nsiproxy.sys/unix_private.h <<'C'
NTSTATUS nsi_get_all_parameters_ex( struct nsi_get_all_parameters_ex *params );
                               void *data, UINT data_size, UINT data_offset );
extern const struct module tcp_module;
C
    echo '/* private */' | into dlls/nsiproxy.sys/nsiproxy_private.h
    into dlls/ntdll/unix/socket.c <<'C'
#include <sys/ioctl.h>

static NTSTATUS do_getsockopt( HANDLE handle )
        case IOCTL_AFD_WINE_GET_INTERFACE_LIST:
            file_complete_async( handle, options, event, apc, apc_user, io, STATUS_SUCCESS, 0 );
C
    into dlls/ws2_32/socket.c <<'C'
        IOCTL_NAME(SIO_TRANSLATE_HANDLE);

    case SIO_UDP_CONNRESET:
C
    printf 'START_TEST( sock )\n{\n    test_keepalive_vals();\n}\n' |
        into dlls/ws2_32/tests/sock.c
    [ "$2" = 10.0 ] || tree_newer
}

# What has changed since.
tree_newer() {
    printf 'SOURCES = \\\n\tiphlpapi_main.c\n' | into dlls/iphlpapi/Makefile.in
    into dlls/iphlpapi/iphlpapi.spec <<'C'
@ stdcall GetOwnerModuleFromTcpEntry( ptr long ptr ptr )
@ stdcall GetPerTcp6ConnectionEStats( ptr long ptr long long ptr long long ptr long long )
@ stdcall GetPerTcpConnectionEStats( ptr long ptr long long ptr long long ptr long long )
@ stdcall SetPerTcp6ConnectionEStats( ptr long ptr long long long )
@ stdcall SetPerTcpConnectionEStats( ptr long ptr long long long )
C
    into include/iphlpapi.h <<'C'
IPHLPAPI_DLL_LINKAGE ULONG WINAPI GetPerTcp6ConnectionEStats(MIB_TCP6ROW *row);
IPHLPAPI_DLL_LINKAGE ULONG WINAPI GetPerTcpConnectionEStats(MIB_TCPROW *row);
IPHLPAPI_DLL_LINKAGE DWORD WINAPI GetUdpStatisticsEx(PMIB_UDPSTATS pStats, DWORD dwFamily);
IPHLPAPI_DLL_LINKAGE ULONG WINAPI SetPerTcp6ConnectionEStats(MIB_TCP6ROW *row);
C
}
