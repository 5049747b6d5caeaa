/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "select.h"

#include <stdio.h>
#include <string.h>

static const char bad_port[] = "a port is a number from 1 to 65535";
static const char bad_v6[] = "the text in brackets is no IPv6 address";

/* Reads decimal digits; stops after the first other character. */
static bool parse_number(const char **at, uint32_t max, uint32_t *value)
{
    const char *start = *at;
    uint64_t sum = 0;

    for (; **at >= '0' && **at <= '9'; (*at)++) {
        sum = sum * 10 + (unsigned)(**at - '0');
        if (sum > max)
            return false;
    }
    *value = (uint32_t)sum;
    return *at != start && sum > 0;
}

static bool parse_port(const char **at, uint16_t *port)
{
    uint32_t value;

    if (!parse_number(at, 65535, &value))
        return false;
    *port = (uint16_t)value;
    return true;
}

/* The zone behind a %, length characters. */
static const char *parse_zone(const char *text, size_t length, char zone[ZONE_MAX])
{
    if (!length || length >= ZONE_MAX)
        return "the interface name after % is empty or too long";
    if (zone[0] && (strlen(zone) != length || memcmp(zone, text, length)))
        return "the two ends name different interfaces";
    memcpy(zone, text, length);
    zone[length] = 0;
    return NULL;
}

/* An IPv6 address with an optional %zone, length characters. */
static const char *parse_zoned(const char *text, size_t length, struct address *address,
                               char zone[ZONE_MAX])
{
    const char *percent = memchr(text, '%', length), *wrong;

    if (percent) {
        wrong = parse_zone(percent + 1, length - (size_t)(percent - text) - 1, zone);
        if (wrong)
            return wrong;
        length = (size_t)(percent - text);
    }
    if (!memchr(text, ':', length) || !address_parse(text, length, address))
        return bad_v6;
    return NULL;
}

/* ADDRESS:PORT at *at. */
static const char *parse_endpoint(const char **at, struct endpoint *endpoint, char zone[ZONE_MAX])
{
    const char *text = *at, *end, *wrong;

    if (*text == '[') {
        end = strchr(text, ']');
        if (!end)
            return "a bracket is not closed";
        wrong = parse_zoned(text + 1, (size_t)(end - text - 1), &endpoint->address, zone);
        if (wrong)
            return wrong;
        end++;
    } else {
        end = text + strspn(text, "0123456789.");
        if (end == text || !address_parse(text, (size_t)(end - text), &endpoint->address))
            return "an address is four numbers with dots, or an IPv6 address in [brackets]";
        if (*end == '%') {
            text = end + 1;
            end = text + strcspn(text, ":");
            wrong = parse_zone(text, (size_t)(end - text), zone);
            if (wrong)
                return wrong;
        }
    }
    if (*end != ':')
        return "after the address there must be a colon and the port";
    end++;
    if (!parse_port(&end, &endpoint->port))
        return bad_port;
    *at = end;
    return NULL;
}

static const char *parse_exact(const char *text, struct selector *out)
{
    const char *wrong = parse_endpoint(&text, &out->local, out->zone);

    out->exact = true;
    if (wrong)
        return wrong;
    if (*text++ != '-')
        return "after the local address and port there must be \"-\" and the remote ones";
    wrong = parse_endpoint(&text, &out->remote, out->zone);
    if (wrong)
        return wrong;
    if (*text)
        return "something follows the remote port";
    if (out->local.address.family != out->remote.address.family)
        return "one address is IPv4 and the other IPv6";
    return NULL;
}

static const char *parse_address_value(struct address *address, char zone[ZONE_MAX],
                                       const char **at)
{
    const char *text = *at;
    size_t length = strcspn(text, ",");

    *at = text + length;
    if (length >= 2 && text[0] == '[' && text[length - 1] == ']')
        return parse_zoned(text + 1, length - 2, address, zone);
    if (memchr(text, ':', length))
        return parse_zoned(text, length, address, zone) ? "the value is no IPv6 address" : NULL;
    if (!address_parse(text, length, address))
        return "the value is no IP address";
    return NULL;
}

/* A process name may contain anything, also a comma: it takes the rest of the text. */
static const char *parse_process_value(char process[PROCESS_MAX], const char **at)
{
    size_t length = strlen(*at);

    if (!length || length >= PROCESS_MAX)
        return "the process name is empty or too long";
    memcpy(process, *at, length + 1);
    *at += length;
    return NULL;
}

/* What goes on to the next comma. NULL: it is empty or too long. */
static const char *parse_word(char *word, size_t size, const char **at)
{
    size_t length = strcspn(*at, ",");

    if (!length || length >= size)
        return NULL;
    memcpy(word, *at, length);
    word[length] = 0;
    *at += length;
    return word;
}

/* With or without the slash in front, and with the directory where they are mounted. */
static const char *parse_cgroup_value(char cgroup[CGROUP_MAX], const char **at)
{
    static const char mount[] = "/sys/fs/cgroup";
    size_t skip = sizeof(mount) - 1;

    if (!strncmp(*at, mount, skip) && ((*at)[skip] == '/' || !(*at)[skip]))
        *at += skip;
    cgroup[0] = '/';
    if (!**at || **at == ',') {
        cgroup[1] = 0;
        return (*at)[-1] == ':' ? "the control group is empty" : NULL;
    }
    if (!parse_word(cgroup + (**at != '/'), CGROUP_MAX - (**at != '/'), at))
        return "the control group is too long";
    return NULL;
}

static const char *parse_condition(const char **at, struct selector *out)
{
    static const char twice[] = "a condition is given twice";
    static const struct {
        const char *key;
        size_t port; /* offset of the port that this key sets, if it is one of those */
    } ports[] = {
        {"port:", offsetof(struct selector, any_port)},
        {"lport:", offsetof(struct selector, local.port)},
        {"rport:", offsetof(struct selector, remote.port)},
    };

    for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
        uint16_t *port = (uint16_t *)((char *)out + ports[i].port);

        if (strncmp(*at, ports[i].key, strlen(ports[i].key)))
            continue;
        if (*port)
            return twice;
        *at += strlen(ports[i].key);
        return parse_port(at, port) ? NULL : bad_port;
    }
    if (!strncmp(*at, "addr:", 5)) {
        if (out->any.family != FAMILY_ANY)
            return twice;
        *at += 5;
        return parse_address_value(&out->any, out->zone, at);
    }
    if (!strncmp(*at, "pid:", 4)) {
        if (out->pid)
            return twice;
        *at += 4;
        return parse_number(at, UINT32_MAX, &out->pid) ? NULL : "a pid is a positive number";
    }
    if (!strncmp(*at, "uid:", 4)) {
        if (out->user[0])
            return twice;
        *at += 4;
        return parse_word(out->user, USER_MAX, at) ? NULL : "the user is empty or too long";
    }
    if (!strncmp(*at, "cgroup:", 7)) {
        if (out->cgroup[0])
            return twice;
        *at += 7;
        return parse_cgroup_value(out->cgroup, at);
    }
    if (!strncmp(*at, "process:", 8)) {
        *at += 8;
        return parse_process_value(out->process, at);
    }
    return "it is neither LOCAL-REMOTE (such as 10.0.0.1:5001-10.0.0.2:443) nor conditions with "
           "addr:, port:, lport:, rport:, uid:, cgroup:, pid: or process:";
}

static const char *parse_conditions(const char *text, struct selector *out)
{
    for (;;) {
        const char *wrong = parse_condition(&text, out);

        if (wrong)
            return wrong;
        if (!*text)
            return NULL;
        if (*text++ != ',')
            return "conditions are separated by commas";
    }
}

const char *selector_parse(const char *text, struct selector *out)
{
    memset(out, 0, sizeof(*out));
    if (*text == '[' || (*text >= '0' && *text <= '9'))
        return parse_exact(text, out);
    return parse_conditions(text, out);
}

static bool same_address(const struct address *a, const struct address *b)
{
    return a->family == b->family && !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

bool selector_matches(const struct selector *s, const struct endpoint *local,
                      const struct endpoint *remote)
{
    if (s->exact)
        return same_address(&s->local.address, &local->address) &&
               same_address(&s->remote.address, &remote->address) && s->local.port == local->port &&
               s->remote.port == remote->port;
    if (s->any.family != FAMILY_ANY && !same_address(&s->any, &local->address) &&
        !same_address(&s->any, &remote->address))
        return false;
    if (s->any_port && s->any_port != local->port && s->any_port != remote->port)
        return false;
    return (!s->local.port || s->local.port == local->port) &&
           (!s->remote.port || s->remote.port == remote->port);
}

bool selector_wants_owner(const struct selector *selector)
{
    return selector->pid || selector->process[0];
}

void endpoint_format(const struct endpoint *endpoint, const char *zone,
                     char text[ENDPOINT_TEXT_MAX])
{
    char address[ADDRESS_TEXT_MAX];

    address_format(&endpoint->address, address);
    if (endpoint->address.family == FAMILY_V4)
        snprintf(text, ENDPOINT_TEXT_MAX, "%s%s%s:%u", address, zone[0] ? "%" : "", zone,
                 endpoint->port);
    else
        snprintf(text, ENDPOINT_TEXT_MAX, "[%s%s%s]:%u", address, zone[0] ? "%" : "", zone,
                 endpoint->port);
}

bool cgroup_is_within(const char *path, const char *outer)
{
    size_t length = strlen(outer);

    while (length && outer[length - 1] == '/')
        length--;
    return !strncmp(path, outer, length) && (!length || !path[length] || path[length] == '/');
}
