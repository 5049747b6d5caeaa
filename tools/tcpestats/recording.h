/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Recordings: files of JSON lines, as tcpestats-recording(5) describes them. recording-read.c and
 * backend-recording.c play one, in the place of the system; recording-write.c makes one.
 */
#ifndef RECORDING_H
#define RECORDING_H

#include "backend.h"
#include "ends.h"
#include "json-read.h"
#include "stream.h"

#define RECORDING_SCHEMA "tcpestats-recording/1"

/* A member as a line calls it, "Path_MinRtt". */
#define MEMBER_KEY_MAX 64
void member_key(unsigned id, char key[MEMBER_KEY_MAX]);

/* What may stand in "enabled": the classes, and Bandwidth's two directions. */
#define ENABLED_INBOUND \
    TCPESTATS_CLASS_COUNT /* the bit beside TCPESTATS_BANDWIDTH's, which is out */
extern const char *const enabled_names[TCPESTATS_CLASS_COUNT + 1];

/* ---- Playing ---- */

/* Where numbers came from. */
struct origin {
    char *fidelity, *backend, *source, *note; /* each may be NULL */
    uint8_t fidelity_number, backend_number;  /* while playing; UINT8_MAX: of NULL */
};

struct cell {
    uint64_t value;
    uint16_t origin; /* index in recording.origins */
    uint8_t status;  /* see struct reading */
};

struct recorded {
    struct conn conn;  /* identity: its number in the recording */
    bool begun, ended; /* begun: its addresses are known */
    enum tcpestats_ending ending;
    uint64_t interval; /* of its last line */
    uint64_t time_ns;  /* of its last line */
    unsigned enabled;
    struct owner *owners;
    size_t owner_count;
    char *user, *cgroup; /* NULL: not known */
    struct cell *cells;  /* by member; NULL: none yet */
};

#define RECORDED_MAX 1000000
#define ORIGINS_MAX 4096
#define ZONES_MAX 4096

struct recording {
    struct stream *stream;
    char *path;
    uint64_t line; /* number of the last one read */
    struct json_doc doc;
    bool pending;       /* doc is a line of the next interval */
    uint64_t interval;  /* the present one */
    uint64_t shown;     /* the last one that was shown before it */
    uint64_t time_ns;   /* of the last line of it, since the start */
    uint64_t played_ns; /* how far playing was asked for */
    uint64_t started_ns, interval_ns;
    char collector[16];
    bool finished, at_end; /* finished: it has its last line */
    bool keep_ended;
    struct recorded **items; /* items[0] has number 1 */
    size_t count, room;
    struct origin *origins;
    size_t origin_count;
    char (*zones)[ZONE_MAX]; /* names of interfaces; zones[0] has number 1 */
    size_t zone_count;
    bool clock_driven[TCPESTATS_FIELD_COUNT];
    struct cell usual[TCPESTATS_FIELD_COUNT]; /* origins as the header has them, status unknown */
};

int recording_open(struct recording **recording, const char *path, struct failure *failure);
void recording_close(struct recording *recording);

/* Takes in the lines of the next interval. *more false: there is none. */
int recording_step(struct recording *recording, bool *more, struct failure *failure);

/* The number that stands for an interface in conn.scope, or 0. */
uint32_t recording_zone(const struct recording *recording, const char *name);

/* Fills a reading with a class of a connection. */
void recording_reading(const struct recording *recording, const struct recorded *recorded,
                       unsigned cls, struct reading *reading);

/* Of the one that is open as the backend; see backend_play() and backend_shown_ns(). */
int recording_play(uint64_t ns, bool *more, struct failure *failure);
int recording_play_all(struct failure *failure);
const char *recording_ending(const struct conn *conn);
uint64_t recording_wall_ns(void);
uint64_t recording_interval_ns(void);

/* ---- Making ---- */

/* A connection that is being recorded. */
struct taped {
    struct conn conn;
    uint64_t id;
    unsigned ours;    /* classes that we switched on; bit n: class n */
    bool seen;        /* at this interval */
    bool written;     /* at any */
    bool ended;       /* its end has been written */
    bool is_over;     /* the kernel has told of it */
    uint64_t gone_ns; /* since then it is not found any more, 0: it is */
    bool owned;       /* its owners have been written */
    unsigned enabled;
    uint64_t time_ns; /* of the last line */
    struct {
        uint16_t row; /* ORIGIN_USUAL: what the header says */
        uint8_t backend, fidelity;
    } origin[TCPESTATS_FIELD_COUNT]; /* as written */
    struct reading last[TCPESTATS_CLASS_COUNT];
};

#define ORIGIN_USUAL 0xffff

struct tape {
    struct stream *stream;
    bool full;         /* every line has everything */
    uint64_t start_ns; /* by backend_now_ns() */
    uint64_t time_ns;  /* of the last line, since then */
    uint64_t interval; /* number, from 1 */
    uint64_t lines;    /* of this interval */
    uint64_t next_id;  /* for the next connection */
    bool clock_driven[TCPESTATS_FIELD_COUNT], clock_driven_class[TCPESTATS_CLASS_COUNT];
    struct origin usual[TCPESTATS_FIELD_COUNT];
    struct failure *failure; /* of the write that goes on */
    int code;                /* of the first one that failed */
};

struct tape_plan {
    uint64_t interval_ns;
    bool full, hears_ends;
    char *const *selectors;
    size_t selector_count;
};

/* Writes the header. stream stays the caller's. */
int tape_begin(struct tape *tape, struct stream *stream, const struct tape_plan *plan,
               struct failure *failure);

/* Begins with a connection. */
void tape_add(struct tape *tape, struct taped *taped, const struct conn *conn);

/* A look at a connection: writes what is new. */
int tape_sample(struct tape *tape, struct taped *taped, const struct conn *now,
                const struct reading *readings, struct failure *failure);

/*
 * It is no more: how it ended, when that was heard of, and its last numbers, or NULL where they are
 * not known, or older than what was written.
 */
int tape_ended(struct tape *tape, struct taped *taped, enum tcpestats_ending ending,
               uint64_t time_ns, const struct reading *readings, struct failure *failure);

/* A look is complete: what comes now is told with the next one. */
int tape_tick(struct tape *tape, struct failure *failure);

/* The last line. late: intervals that were passed over for want of time; lost: ends that were. */
int tape_end(struct tape *tape, const char *why, uint64_t late, uint64_t lost,
             struct failure *failure);
void tape_free(struct tape *tape);

/* Both: frees what the strings of an origin are made of. */
void origin_free(struct origin *origin);

#endif
