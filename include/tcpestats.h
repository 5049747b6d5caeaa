/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libtcpestats - TCP extended statistics (RFC 4898) for stock Linux
 *
 * The library answers, for any TCP connection of the caller's network namespace, the questions
 * that Windows answers through GetPerTcpConnectionEStats: 108 members in nine classes, under
 * Windows' member names and units, each tied to its RFC 4898 object where it has one.
 *
 * Conventions
 *  - Every function returns 0 (or a count) on success and a negative errno on failure. On failure
 *    nothing that the caller passed has been written to.
 *  - Ports are in host byte order, addresses in network byte order.
 *  - Every struct that a caller fills or has filled begins with its own size, which the caller
 * sets. The library reads and writes no more than that, and asks for no more than the struct had in
 * its first version, so structs can grow.
 *  - A handle may be used by any number of threads at a time. It stays usable after fork() in the
 *    child.
 *  - A handle owns its descriptors, and belongs to one network namespace: that of the thread that
 *    opened it, or the one that its options name. A thread that moves to another one later does not
 *    take the handle along.
 *  - The library prints nothing, changes no signal disposition, and reads the environment in
 *    tcpestats_open() only. It starts a thread only to make a socket in another network namespace;
 *    that thread has ended when the call returns.
 */
#ifndef TCPESTATS_H
#define TCPESTATS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/*
 * The nine classes, with the values of Windows' TCP_ESTATS_TYPE: TCPESTATS_SYN_OPTS (0), _DATA,
 * _SND_CONG, _PATH, _SEND_BUFF, _REC, _OBS_REC, _BANDWIDTH and _FINE_RTT (8), as the first table in
 * tcpestats-fields.h has them.
 */
enum tcpestats_class {
#define TCPESTATS_CLASS(number, name, upper) TCPESTATS_##upper = number,
#include "tcpestats-fields.h"
    TCPESTATS_CLASS_COUNT
};

/* The three blocks a class may have: read/write, read-only static, read-only dynamic. */
enum tcpestats_block { TCPESTATS_RW = 0, TCPESTATS_ROS = 1, TCPESTATS_ROD = 2 };

/* The two memory layouts of the Windows structures; they differ where SIZE_T occurs. */
enum tcpestats_abi { TCPESTATS_ABI_I386 = 0, TCPESTATS_ABI_X86_64 = 1 };

/* Windows' TCP_BOOLEAN_OPTIONAL. */
enum tcpestats_switch { TCPESTATS_UNCHANGED = -1, TCPESTATS_OFF = 0, TCPESTATS_ON = 1 };

/* How far a number can be trusted. The order is from best to worst. */
enum tcpestats_fidelity {
    TCPESTATS_EXACT = 0,       /* the kernel keeps this very quantity */
    TCPESTATS_DERIVED = 1,     /* exact arithmetic over quantities that the kernel keeps */
    TCPESTATS_APPROXIMATE = 2, /* an estimate, a bound, or what sampling at reads could see */
    TCPESTATS_UNAVAILABLE = 3, /* no source: counters read 0, all else reads unknown */
    TCPESTATS_RESERVED = 4     /* reserved by the API's definition: always 0 */
};

/* Who told a number. */
enum tcpestats_backend {
    TCPESTATS_SOCK_DIAG = 0,  /* the kernel, asked for it; and what reads could see of it so far */
    TCPESTATS_COLLECTOR = 1,  /* the record that the collector keeps of the connection */
    TCPESTATS_REMEMBERED = 2, /* such a record that is no more, as far as it got */
};

/* What a value in a sample means. */
enum tcpestats_status {
    TCPESTATS_KNOWN = 0,     /* value holds the number */
    TCPESTATS_NO_SAMPLE = 1, /* nothing has been measured yet */
    TCPESTATS_NO_SOURCE = 2, /* this kernel has no source for it */
    TCPESTATS_CLASS_OFF = 3, /* collection is off for this class (or direction) */
    TCPESTATS_NOT_IN_USE =
        4 /* the option or limit is not in force (window scale, ssthresh, cwnd) */
};

/* What kind of quantity a member is; decides how it may change between two reads. */
enum tcpestats_kind {
    TCPESTATS_KIND_COUNTER = 0, /* never decreases while the connection lives */
    TCPESTATS_KIND_GAUGE = 1,   /* the present value */
    TCPESTATS_KIND_MAXIMUM = 2,
    TCPESTATS_KIND_MINIMUM = 3,
    TCPESTATS_KIND_SEQUENCE = 4, /* a sequence number: wraps at 2^32 */
    TCPESTATS_KIND_ENUM = 5,
    TCPESTATS_KIND_BOOL = 6
};

/* How a member is stored in the Windows structure. */
enum tcpestats_type {
    TCPESTATS_TYPE_BOOLEAN = 0, /* 1 byte */
    TCPESTATS_TYPE_UCHAR = 1,   /* 1 byte */
    TCPESTATS_TYPE_ULONG = 2,   /* 4 bytes, wraps modulo 2^32 */
    TCPESTATS_TYPE_ULONG64 = 3, /* 8 bytes */
    TCPESTATS_TYPE_SIZE_T = 4   /* 4 or 8 bytes, saturates at 2^32 - 1 in the i386 layout */
};

/*
 * Every readable member, in the order of the classes and of the structures: TCPESTATS_F_<class>_
 * <member>, for instance TCPESTATS_F_Data_DataBytesOut. The table behind it is tcpestats-fields.h.
 */
enum tcpestats_field_id {
#define TCPESTATS_FIELD(cls, block, name, type, off32, off64, unit, kind, unknown, rfc) \
    TCPESTATS_F_##cls##_##name,
#include "tcpestats-fields.h"
    TCPESTATS_FIELD_COUNT
};

/* One row of the field table; constant for the life of the process. */
struct tcpestats_field {
    enum tcpestats_class cls;
    enum tcpestats_block block;
    const char *name; /* Windows' member name */
    enum tcpestats_type type;
    uint16_t off_i386; /* offset in the Windows structure */
    uint16_t off_x86_64;
    const char *unit; /* "bytes", "segments", "ms", "us", "bit/s", "count", ... */
    enum tcpestats_kind kind;
    int unknown_is_ones; /* unknown reads all-ones in the Windows structure, else 0 */
    const char *rfc;     /* RFC 4898 object without the prefix tcpEStats, or NULL */
};

/* Where a member comes from on the running kernel. */
struct tcpestats_source {
    uint32_t size;         /* set by the caller */
    uint32_t fidelity;     /* enum tcpestats_fidelity */
    const char *source;    /* kernel field(s) or hook, static storage */
    const char *note;      /* what a reader must know about this number, or NULL; static storage */
    const char *since;     /* first kernel that has this source, or NULL; static storage */
    uint32_t clock_driven; /* moves with time alone, also on an idle connection */
    uint32_t backend;      /* enum tcpestats_backend */
};

/* How it stands with the collector. */
enum tcpestats_collector_state {
    TCPESTATS_COLLECTOR_ABSENT = 0,  /* none runs here, or none is wanted (TCPESTATS_COLLECTOR=) */
    TCPESTATS_COLLECTOR_REFUSED = 1, /* it does not serve this user */
    TCPESTATS_COLLECTOR_PRESENT = 2
};

/* What tcpestats_collector() tells; all but state is 0 unless that is _PRESENT. */
struct tcpestats_collector {
    uint32_t size;     /* set by the caller */
    uint32_t state;    /* enum tcpestats_collector_state */
    uint32_t features; /* bits, as tcpestats_collector_feature() names them */
    uint32_t records;  /* connections that it has room for */
    uint32_t in_use;   /* connections that it has a record of, for all users */
    uint32_t clients;  /* handles that are connected to it, of all users */
    uint32_t attached; /* hooks in the kernel at present, 0: it costs nothing */
    uint32_t reserved;
    /* How often a hook has counted nothing since the collector's start: */
    uint64_t lost_guard; /* the kernel passed it over, as it was running on that CPU already */
    uint64_t lost_busy;  /* it found the record in use for too long */
};

/* A handle. */
struct tcpestats;

enum tcpestats_open_flags {
    /* netns_fd names the handle's network namespace. */
    TCPESTATS_OPEN_NETNS = 1
};

struct tcpestats_options {
    uint32_t size;  /* set by the caller */
    uint32_t flags; /* enum tcpestats_open_flags */
    /*
     * Directory for the file in which the user's processes remember, or NULL for the default: the
     * first of /run (root only), /run/user/UID, $HOME/.cache and /tmp that already has one of this
     * boot, else the first of them that is safe to make one in. A safe $XDG_RUNTIME_DIR other than
     * /run/user/UID is used instead of them all. In each it is a private sub-directory of mode
     * 0700. What is in /run/user/UID goes, and so everything is off, when the user's last session
     * ends.
     */
    const char *state_dir;
    /*
     * Where the collector (tcpestatsd) keeps a record of a connection, a Get is answered from that
     * alone while it is no older than this; else sock_diag is asked, and what only the collector
     * knows is taken from the record all the same. So it is for TCPESTATS_DATA always: a program
     * that has just sent or received is to find it counted. In ms; 0: sock_diag is asked each time.
     * A struct without this member, or none, stands for TCPESTATS_FRESHNESS_MS.
     */
    uint32_t freshness_ms;
    /*
     * With TCPESTATS_OPEN_NETNS: a descriptor of the network namespace, such as /proc/PID/ns/net or
     * a file that `ip netns` made. Looked at in tcpestats_open() only; it stays the caller's. For a
     * namespace other than the thread's that takes CAP_SYS_ADMIN.
     */
    int32_t netns_fd;
};

#define TCPESTATS_FRESHNESS_MS 100

/* Names a connection, and reports which one was found. */
struct tcpestats_conn {
    uint32_t size;        /* set by the caller */
    uint16_t family;      /* AF_INET or AF_INET6; a v4-mapped v6 address means the same as v4 */
    uint16_t local_port;  /* host byte order */
    uint16_t remote_port; /* host byte order */
    uint16_t reserved;    /* 0 */
    uint8_t local[16];    /* network byte order; AF_INET uses the first four bytes */
    uint8_t remote[16];
    uint32_t scope_id; /* link-local: interface index; a hint that may be wrong. Else 0 */
    /* From here on filled by the library; all but ifindex is ignored on input. */
    uint32_t state;   /* Linux' TCP_ESTABLISHED (1) ... TCP_CLOSING (11) */
    uint32_t uid;     /* owner of the socket */
    uint32_t inode;   /* inode of the socket, 0 once its process has closed it */
    uint64_t cookie;  /* the connection's identity within one boot */
    uint32_t ifindex; /* interface that the socket is bound to, or 0; on input 0: whichever it is */
    uint32_t enabled; /* bit n set: class n is on (bit 7: Bandwidth outbound, 31: inbound) */
    uint64_t cgroup;  /* id of the socket's control group (version 2), 0: not known; Linux 5.9 */
};

/* What tcpestats_set() changes. */
struct tcpestats_rw {
    uint32_t size;          /* set by the caller */
    int32_t enable;         /* enum tcpestats_switch; for Bandwidth the outbound direction */
    int32_t enable_inbound; /* Bandwidth only, else ignored */
};

struct tcpestats_value {
    uint64_t value;   /* in the table's unit; 0 where status is not TCPESTATS_KNOWN */
    uint8_t status;   /* enum tcpestats_status */
    uint8_t fidelity; /* enum tcpestats_fidelity */
    uint8_t backend;  /* enum tcpestats_backend */
    uint8_t reserved;
    uint16_t row; /* for tcpestats_value_source() */
    uint8_t reserved2[2];
};

#define TCPESTATS_CLASS_FIELDS_MAX 40

/* One class of one connection at one moment. */
struct tcpestats_sample {
    uint32_t size;           /* set by the caller */
    uint32_t cls;            /* enum tcpestats_class */
    uint64_t cookie;         /* the connection's identity within one boot */
    uint64_t time_ns;        /* the caller's CLOCK_MONOTONIC at the reading */
    int32_t enabled;         /* TCPESTATS_ON or _OFF; for Bandwidth the outbound direction */
    int32_t enabled_inbound; /* Bandwidth only */
    uint32_t first;          /* id of values[0]; the class' members follow in the table's order */
    uint32_t count;          /* members of this class */
    struct tcpestats_value values[TCPESTATS_CLASS_FIELDS_MAX];
    uint64_t record_age_ns; /* how much older than time_ns is what only the collector tells */
    /*
     * Since then (the caller's CLOCK_MONOTONIC) the collector has watched this class, where that
     * began later than it was switched on: what only the collector counts is of that time and no
     * more, and no better than TCPESTATS_APPROXIMATE. 0: it did not, or there is no collector.
     */
    uint64_t since_ns;
};

/*
 * Makes a handle. options may be NULL. Takes a descriptor or two for its network namespace; all
 * else waits for the first call that needs it. Errors: -EINVAL (unknown flags, size too small,
 * netns_fd is no network namespace), -EBADF, -EPERM (that namespace may not be entered), -ENOMEM,
 * -EMFILE, -ENFILE, -EOPNOTSUPP.
 */
int tcpestats_open(struct tcpestats **handle, const struct tcpestats_options *options);

/* Frees a handle that no thread is using any more. NULL is allowed. */
void tcpestats_close(struct tcpestats *te);

/*
 * Finds the connection that conn names and completes conn (state to enabled, as far as its size
 * goes).
 * Errors: -ENOENT (no such connection, or it is in LISTEN, SYN_RECV or CLOSED), -ESHUTDOWN (it
 * has closed: the kernel keeps its addresses and ports for a while, in TIME_WAIT or FIN_WAIT2, and
 * no number of it; no difference to -ENOENT for who only wants to know whether it lives), -EINVAL
 * (a NULL, a size that is too small), -EAFNOSUPPORT (family), -EOPNOTSUPP (a kernel without
 * sock_diag), -EAGAIN (the kernel kept losing the answer), -ENOBUFS, -ENOMEM (it is short of
 * memory), -EMFILE, -ENFILE, -EPERM (the thread may not enter the handle's namespace).
 */
int tcpestats_find(struct tcpestats *te, struct tcpestats_conn *conn);

/*
 * Calls visit once for every connection of the network namespace that tcpestats_find() would
 * accept. conn is completed and belongs to the library: copy what outlives the call. visit may use
 * the handle. A non-zero return of visit ends the walk and is returned. Connections that come or go
 * during the walk may be in it or not.
 * Errors: -EINVAL, -EOPNOTSUPP, -ENOBUFS, -ENOMEM, -EMFILE, -ENFILE, -EIO.
 */
int tcpestats_list(struct tcpestats *te, int (*visit)(const struct tcpestats_conn *, void *),
                   void *arg);

/*
 * Switches collection of one class of one connection. The setting belongs to the connection: every
 * process of this user sees it at once, it outlives the caller and dies with the connection.
 * cls SYN_OPTS needs no switch: -EINVAL. Needs no privilege beyond the user's own memory file.
 * Where there is a collector for this user it is told, too, and waited for (200 ms at most); what
 * it says is never an error of this function. Errors: as tcpestats_find(), and -EINVAL (cls,
 * switch), -EACCES or -EPERM (no safe place for the memory file), -ENOSPC, -EROFS, -EDQUOT, -EIO,
 * -EBUSY (the memory file stayed locked for half a second). On failure the setting is what it was.
 */
int tcpestats_set(struct tcpestats *te, const struct tcpestats_conn *conn, enum tcpestats_class cls,
                  const struct tcpestats_rw *rw);

/*
 * Reads one class of one connection: the short form of tcpestats_take() and tcpestats_read().
 * Members of a class that is off have status TCPESTATS_CLASS_OFF, those of the Ros blocks of
 * SYN_OPTS and SND_CONG are always filled. While the collector has a record of the connection that
 * is fresh enough (tcpestats_options.freshness_ms) this takes no system call for any class but
 * TCPESTATS_DATA, but for a look once a second whether the memory file is still at its place. Two
 * readings of one connection by one user's processes never go back in time, whoever answered them.
 * Errors: as tcpestats_find(), and -EINVAL (cls).
 */
int tcpestats_get(struct tcpestats *te, const struct tcpestats_conn *conn, enum tcpestats_class cls,
                  struct tcpestats_sample *sample);

/* What is known of one connection at one instant; any class can be read from it. */
struct tcpestats_snapshot;

/* Makes and frees a snapshot that holds nothing yet. One thread uses it at a time; it can be taken
 * anew any number of times. Errors: -EINVAL, -ENOMEM. NULL may be freed. */
int tcpestats_snapshot_new(struct tcpestats_snapshot **snapshot);
void tcpestats_snapshot_free(struct tcpestats_snapshot *snapshot);

/* Every class, for tcpestats_take() and its like. */
#define TCPESTATS_CLASSES_ALL ((1u << TCPESTATS_CLASS_COUNT) - 1)

/*
 * Beside them: members of classes that are off are read as well, as far as the kernel counts by
 * itself. Nothing is remembered of such a class, so what takes more than one look (extremes, events
 * between looks) is as in a first reading. sample.enabled still tells the switch.
 */
#define TCPESTATS_OFF_TOO (1u << 31)

/*
 * Takes a snapshot that can answer these classes, bit n: class n. All of them are of one instant:
 * one look-up, or the collector's record where that is fresh enough and class Data is not among
 * them. What only the collector knows may be older than the rest: tcpestats_sample.record_age_ns
 * tells. On failure the snapshot holds nothing. Errors: as tcpestats_find(), and -EINVAL (no class,
 * or bits of none).
 */
int tcpestats_take(struct tcpestats *te, const struct tcpestats_conn *conn, uint32_t classes,
                   struct tcpestats_snapshot *snapshot);

/*
 * The same for a connection of the calling program's own, by its descriptor: with a few system
 * calls on that socket, at a third of the price of a look-up. Errors: as tcpestats_take(), and
 * -EBADF, -ENOTSOCK, -EOPNOTSUPP (no TCP socket), -ENOENT (not connected).
 */
int tcpestats_take_own(struct tcpestats *te, int fd, uint32_t classes,
                       struct tcpestats_snapshot *snapshot);

/*
 * Takes a snapshot of every connection of the network namespace, from one dump, and calls visit for
 * each, as tcpestats_list() does. It belongs to the library and is good until visit returns. The
 * collector is not asked to begin with connections that it does not have yet. Errors: as
 * tcpestats_list(), and -EINVAL (classes).
 */
int tcpestats_sweep(struct tcpestats *te, uint32_t classes,
                    int (*visit)(const struct tcpestats_conn *conn,
                                 const struct tcpestats_snapshot *snapshot, void *arg),
                    void *arg);

/*
 * Reads one class from a snapshot, as tcpestats_get() does. Errors: -EINVAL (a NULL, cls is not
 * among those that it was taken for, size).
 */
int tcpestats_read(const struct tcpestats_snapshot *snapshot, enum tcpestats_class cls,
                   struct tcpestats_sample *sample);

/*
 * Reads from a snapshot what a class was when it was last switched on, and when: sample.time_ns, 0
 * where it is off. Of the kernel's counters, which have counted since the connection began, those
 * are kept that tell what holds a connection back: in Data ThruBytesAcked, ThruBytesReceived,
 * DataSegsOut and DataSegsIn; the three SndLimTime; in Path PktsRetrans, DsackDups, Timeouts,
 * SubsequentTimeouts, EcnSignals, SumRtt and CountRtt; in Rec CeRcvd and DupAcksOut. All else has
 * the status TCPESTATS_NO_SAMPLE. Errors: as tcpestats_read().
 */
int tcpestats_read_begun(const struct tcpestats_snapshot *snapshot, enum tcpestats_class cls,
                         struct tcpestats_sample *sample);

/* How a connection ended, inferred from what the kernel leaves of it. */
enum tcpestats_ending {
    TCPESTATS_END_UNKNOWN = 0,
    TCPESTATS_END_CLOSED = 1,    /* this end closed, and the other has acknowledged that */
    TCPESTATS_END_RESET = 2,     /* by the other end, or by something that speaks for it */
    TCPESTATS_END_ABORTED = 3,   /* by this end: data was left unread, or SO_LINGER was 0 */
    TCPESTATS_END_TIMED_OUT = 4, /* the other end did not answer any more */
    /* It never began: */
    TCPESTATS_END_REFUSED = 5,   /* an answer came, and it was no */
    TCPESTATS_END_UNANSWERED = 6 /* no answer had come when the program or the kernel gave up */
};

/* What tcpestats_ended() tells of a connection. Times are of the caller's CLOCK_MONOTONIC. */
struct tcpestats_end {
    uint32_t size;    /* as the library knows the struct */
    uint32_t ending;  /* enum tcpestats_ending */
    uint64_t time_ns; /* when it was read */
    uint64_t seen_ns; /* when a look first found it, 0: none did */
    /* It began after this: a look had begun then that did not find it. 0: not known. */
    uint64_t unseen_ns;
    /*
     * With state 7 (TCP_CLOSE); user, inode and interface as a look found them. Where the kernel
     * had let go of them (it has of an abort with SO_LINGER 0, and of a connect() that failed while
     * the program waited) and no look had found the connection, the remote port is 0, and the local
     * address may be.
     */
    const struct tcpestats_conn *conn;
    /*
     * All classes can be read from it, whether they were on or not: of one that was off without
     * what only readings over time could have found out. Where the kernel had let go of the
     * numbers they are those of the last look, at the time of which the samples are; NULL: none
     * found it.
     */
    const struct tcpestats_snapshot *snapshot;
};

/* Hears of the connections of a handle's network namespace that end. One thread uses it at a time.
 */
struct tcpestats_ends;

/*
 * Begins to listen. Takes no privilege; with CAP_NET_ADMIN there is room for more ends that wait to
 * be read. The handle must stay open. Of no use in the child of a fork(). Errors: -EINVAL, -ENOMEM,
 * -EMFILE, -ENFILE, -ENOBUFS, -EPERM, -EOPNOTSUPP (a kernel that does not tell, before 4.5).
 */
int tcpestats_ends_open(struct tcpestats *te, struct tcpestats_ends **ends);

/* NULL is allowed. */
void tcpestats_ends_close(struct tcpestats_ends *ends);

/* A descriptor that is readable when there is something for tcpestats_ended(); -1 for a NULL. */
int tcpestats_ends_fd(const struct tcpestats_ends *ends);

/*
 * Looks at the connections that live, by one dump, and remembers them until they end: a caller that
 * does so every now and then learns of those it has found alive whose they were, and how old at
 * most. Errors: as tcpestats_list().
 */
int tcpestats_ends_look(struct tcpestats_ends *ends);

/*
 * Calls visit for each connection that has ended since, some thousands at most, and does not wait.
 * The kernel tells a connection when it frees its socket: one that the program closed first when it
 * goes to TIME_WAIT or FIN_WAIT2, and one that was reset when the program closes it. Sockets that
 * listened or were never used are left out. end belongs to the library. A non-zero return of visit
 * ends the call and is returned; the rest comes with the next one. *lost (or NULL): how many ends
 * the kernel has found no room for, since tcpestats_ends_open(). Errors: -EINVAL, -ENOMEM, -EBADF.
 */
int tcpestats_ended(struct tcpestats_ends *ends,
                    int (*visit)(const struct tcpestats_end *end, void *arg), void *arg,
                    uint64_t *lost);

/*
 * Writes one block of a sample in Windows' layout. size must be tcpestats_block_size(). Reserved
 * and unavailable counters are 0, unknown values all-ones where the table says so, padding 0.
 * Errors: -EINVAL (the class has no such block), -EMSGSIZE (size).
 */
int tcpestats_pack(const struct tcpestats_sample *sample, enum tcpestats_block block,
                   enum tcpestats_abi abi, void *buf, size_t size);

/* Size of a block in Windows' layout, 0 where the class has none or an argument is out of range. */
size_t tcpestats_block_size(unsigned cls, unsigned block, unsigned abi);

/* Name of a class as in TCP_ESTATS_TYPE without its prefix ("SynOpts", "Data", ...), or NULL. */
const char *tcpestats_class_name(unsigned cls);

/* A row of the field table, or NULL when id is out of range. */
const struct tcpestats_field *tcpestats_field(unsigned id);

/*
 * Where this machine gets a member of an enabled class from, now: what the kernel can do is learnt
 * from its answers, so the first call may open a socket of its own and ask about it; and whether
 * there is a collector is asked as by tcpestats_collector(). Errors: -EINVAL (id, size).
 */
int tcpestats_field_source(struct tcpestats *te, unsigned id, struct tcpestats_source *source);

/*
 * The same for one number of a sample: the row of the table that it came from. Errors: -EINVAL (a
 * NULL, a value that is not of a sample, size).
 */
int tcpestats_value_source(const struct tcpestats_value *value, struct tcpestats_source *source);

/*
 * How it stands with the collector now. Connects to it where it is not connected yet, and waits for
 * its answer for 200 ms at most. Errors: -EINVAL (a NULL, size).
 */
int tcpestats_collector(struct tcpestats *te, struct tcpestats_collector *status);

/* A few words for a bit (0 to 31) of tcpestats_collector.features, or NULL. Static storage. */
const char *tcpestats_collector_feature(unsigned bit);

/* A sentence for a negative errno that a function of this library returned. Static storage. */
const char *tcpestats_strerror(int error);

/* The library's version as "MAJOR.MINOR.PATCH". */
const char *tcpestats_version(void);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
