/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One scenario while it runs: the kernel's socket, the peer behind the TUN, and the statistics. */
#ifndef RIG_H
#define RIG_H

#include <stdio.h>
#include <sys/socket.h>

#include "script.h"
#include "segment.h"
#include "tcpestats.h"
#include "tun.h"

enum { QUEUE_MAX = 512, MARKS_MAX = 16, KEPT_MAX = 8, OPTIONS_MAX = 8, EXIT_SKIP = 77 };

/* A packet from the kernel that no step has asked for yet. */
struct arrival {
    uint8_t *bytes;
    size_t len;
    struct tcp_packet p; /* payload points into bytes */
};

/* What crossed the TUN, in the kernel's view of in and out. */
struct wire {
    uint64_t segs_out, data_segs_out, bytes_out;
    uint64_t syn_acks;                /* among segs_out */
    uint64_t segs_again, bytes_again; /* among segs_out and bytes_out: sent before */
    uint32_t sent_end;                /* of what has been sent, on the wire */
    uint64_t segs_in, data_segs_in, bytes_in;
};

struct peer {
    struct endpoints ends;
    struct tcp_options syn;    /* what the peer puts into its SYN */
    struct tcp_options theirs; /* what the kernel put into its own */
    uint8_t their_flags;
    bool active;         /* the kernel's side opened */
    bool ecn, connected; /* connected: options of a SYN are over */
    uint32_t isn, kernel_isn;
    uint32_t ack, snd_nxt; /* as on the wire */
    uint32_t window;       /* bytes */
    uint64_t rwin;         /* the window that the kernel last advertised, in bytes */
    uint32_t ts_recent;
    struct arrival queue[QUEUE_MAX];
    unsigned first, count;
    struct arrival last; /* the newest one that a step took */
    struct wire wire;
};

/* A moment that lies between two clock readings. */
struct moment {
    uint64_t before_us, after_us;
};

struct mark {
    char name[32];
    struct moment moment;
    uint32_t tsval; /* of the newest segment taken from the kernel */
};

struct socket_option {
    const char *name;
    int level, option;
};

/* A value read earlier, for use in expressions. */
struct kept {
    char name[32];
    uint64_t value;
};

struct kernel_socket {
    int fd, listener;
    char cc[16];
    struct {
        const struct socket_option *option;
        int value;
    } options[OPTIONS_MAX];
    unsigned option_count;
    uint64_t written, read; /* positions in the pattern */
};

struct stats {
    struct tcpestats *te;
    char dir[64];
    struct tcpestats_conn conn;
    uint64_t previous[TCPESTATS_FIELD_COUNT];
    bool seen[TCPESTATS_FIELD_COUNT];
    unsigned checked, other_backend, too_old;
};

struct rig {
    struct script *script;
    struct step *step;
    int family; /* 4 or 6 */
    const char *backend;
    unsigned kernel_version; /* major * 1000 + minor */
    struct tun tun;
    struct peer peer;
    struct kernel_socket sock;
    struct stats stats;
    struct mark marks[MARKS_MAX];
    unsigned mark_count;
    struct kept kept[KEPT_MAX];
    unsigned kept_count;
    struct moment last; /* of the last action */
    uint64_t start_us;
    char *trace;
    size_t trace_len;
    FILE *tracing;
};

/* A step's command; the longest table entry that the step's first words spell. */
struct command {
    const char *name;
    void (*run)(struct rig *rig, struct step *step);
    bool acts; /* its moment can be marked */
};

/* A file of steps each, ended by one without a name. */
extern const struct command peer_commands[], expect_commands[], socket_commands[], check_commands[],
    flow_commands[], open_commands[], stats_commands[];

/* Ends the scenario as failed, with the line, the reason and the packets. */
__attribute__((noreturn, format(printf, 2, 3))) void fail(struct rig *rig, const char *format, ...);

/* Ends it as one that this machine can't run. */
__attribute__((noreturn, format(printf, 1, 2))) void skip(const char *format, ...);

/* Operands. A missing or malformed one fails the scenario. */
const char *need_word(struct rig *rig, const char *what);
uint64_t need_number(struct rig *rig);
uint64_t number_of(struct rig *rig, const char *text);
void need_range(struct rig *rig, uint64_t range[static 2]);
uint64_t need_time(struct rig *rig);
struct mark *need_mark(struct rig *rig);

/* Gives a moment a name, anew if it has it already. */
void set_mark(struct rig *rig, const char *name, struct moment moment);

uint64_t now_us(void);

/* rig.c: sets up namespace, device and library; runs all steps; takes everything down. */
void rig_run(struct rig *rig);

/* peer.c */

/* Takes in all that the kernel has sent by now, at most until `deadline` for the first. */
void peer_pump(struct rig *rig, uint64_t deadline_us);
/* Takes in for so long. */
void peer_idle(struct rig *rig, uint64_t us);
/* The next packet from the kernel within the time, or NULL; valid until the next call. */
const struct tcp_packet *peer_next(struct rig *rig, uint64_t within_us);
/* Sends to the kernel; flags, seq, len, ack and so on are the caller's, the rest is filled in. */
void peer_send(struct rig *rig, struct tcp_packet *p);
void peer_too_big(struct rig *rig, uint16_t mtu);
/* The pattern that fills both directions. */
uint8_t pattern(uint64_t position);
/* Payload of a full segment with the options in use. */
uint32_t peer_mss(const struct rig *rig);
/* The window in a segment from the kernel, in bytes. */
uint64_t peer_window_of(const struct rig *rig, const struct tcp_packet *p);
/* Prints one segment as the trace does. */
void print_segment(FILE *f, const struct rig *rig, bool from_kernel, const struct tcp_packet *p);

/* socket.c */
void socket_finish(struct rig *rig);

/* stats.c */
void stats_open(struct rig *rig);
void stats_enable_all(struct rig *rig);
void stats_name_connection(struct rig *rig);
void stats_close(struct rig *rig);
/* Reads a class; fails where a counter fell or an extreme narrowed since the last reading. */
void stats_get(struct rig *rig, unsigned cls, struct tcpestats_sample *sample);
/* The id of "Class.Member". */
unsigned stats_member(struct rig *rig, const char *name);

#endif
