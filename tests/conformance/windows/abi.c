/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The field table, the sizes and the rows against the structures of mingw-w64's headers. Compiled
 * for both architectures, never run: an assertion that does not hold stops the build.
 */
#include <stddef.h>
#include <winsock2.h>
#include <windows.h>
#include <iphlpapi.h>
#include <tcpestats.h>

#include "sizes.h"

#ifdef _WIN64
#define BY_ABI(i386, x86_64) x86_64
#else
#define BY_ABI(i386, x86_64) i386
#endif

/* Structures by class and block; a block that a class lacks has no size. */
typedef BYTE no_block[0];
#define SynOpts_RW no_block
#define SynOpts_ROS TCP_ESTATS_SYN_OPTS_ROS_v0
#define SynOpts_ROD no_block
#define Data_RW TCP_ESTATS_DATA_RW_v0
#define Data_ROS no_block
#define Data_ROD TCP_ESTATS_DATA_ROD_v0
#define SndCong_RW TCP_ESTATS_SND_CONG_RW_v0
#define SndCong_ROS TCP_ESTATS_SND_CONG_ROS_v0
#define SndCong_ROD TCP_ESTATS_SND_CONG_ROD_v0
#define Path_RW TCP_ESTATS_PATH_RW_v0
#define Path_ROS no_block
#define Path_ROD TCP_ESTATS_PATH_ROD_v0
#define SendBuff_RW TCP_ESTATS_SEND_BUFF_RW_v0
#define SendBuff_ROS no_block
#define SendBuff_ROD TCP_ESTATS_SEND_BUFF_ROD_v0
#define Rec_RW TCP_ESTATS_REC_RW_v0
#define Rec_ROS no_block
#define Rec_ROD TCP_ESTATS_REC_ROD_v0
#define ObsRec_RW TCP_ESTATS_OBS_REC_RW_v0
#define ObsRec_ROS no_block
#define ObsRec_ROD TCP_ESTATS_OBS_REC_ROD_v0
#define Bandwidth_RW TCP_ESTATS_BANDWIDTH_RW_v0
#define Bandwidth_ROS no_block
#define Bandwidth_ROD TCP_ESTATS_BANDWIDTH_ROD_v0
#define FineRtt_RW TCP_ESTATS_FINE_RTT_RW_v0
#define FineRtt_ROS no_block
#define FineRtt_ROD TCP_ESTATS_FINE_RTT_ROD_v0

#define ASSERT_SIZES(cls, rw, ros, rod32, rod64)             \
    _Static_assert(sizeof(cls##_RW) == (rw), #cls " Rw");    \
    _Static_assert(sizeof(cls##_ROS) == (ros), #cls " Ros"); \
    _Static_assert(sizeof(cls##_ROD) == BY_ABI(rod32, rod64), #cls " Rod");
ALL_SIZES(ASSERT_SIZES)

#define TCPESTATS_FIELD(cls, block, name, type, off32, off64, unit, kind, unknown, rfc)    \
    _Static_assert(offsetof(cls##_##block, name) == BY_ABI(off32, off64), #cls "." #name); \
    _Static_assert(sizeof(((cls##_##block *)0)->name) == sizeof(type), #cls "." #name);
#include "tcpestats-fields.h"

_Static_assert(offsetof(TCP_ESTATS_BANDWIDTH_RW_v0, EnableCollectionInbound) == 4, "Rw members");
_Static_assert(TcpBoolOptUnchanged == -1 && TcpBoolOptEnabled == 1, "TCP_BOOLEAN_OPTIONAL");
_Static_assert(TcpConnectionEstatsSynOpts == 0 && TcpConnectionEstatsData == 1 &&
                   TcpConnectionEstatsSndCong == 2 && TcpConnectionEstatsPath == 3 &&
                   TcpConnectionEstatsSendBuff == 4 && TcpConnectionEstatsRec == 5 &&
                   TcpConnectionEstatsObsRec == 6 && TcpConnectionEstatsBandwidth == 7 &&
                   TcpConnectionEstatsFineRtt == 8 && TcpConnectionEstatsMaximum == 9,
               "TCP_ESTATS_TYPE");

#define ROW_MEMBER(row, name, offset) \
    _Static_assert(offsetof(row, name) == (offset), #row "." #name)
_Static_assert(sizeof(MIB_TCPROW) == 20 && sizeof(MIB_TCP6ROW) == 52, "rows");
ROW_MEMBER(MIB_TCPROW, dwState, 0);
ROW_MEMBER(MIB_TCPROW, dwLocalAddr, 4);
ROW_MEMBER(MIB_TCPROW, dwLocalPort, 8);
ROW_MEMBER(MIB_TCPROW, dwRemoteAddr, 12);
ROW_MEMBER(MIB_TCPROW, dwRemotePort, 16);
ROW_MEMBER(MIB_TCP6ROW, State, 0);
ROW_MEMBER(MIB_TCP6ROW, LocalAddr, 4);
ROW_MEMBER(MIB_TCP6ROW, dwLocalScopeId, 20);
ROW_MEMBER(MIB_TCP6ROW, dwLocalPort, 24);
ROW_MEMBER(MIB_TCP6ROW, RemoteAddr, 28);
ROW_MEMBER(MIB_TCP6ROW, dwRemoteScopeId, 44);
ROW_MEMBER(MIB_TCP6ROW, dwRemotePort, 48);
