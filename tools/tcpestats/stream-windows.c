/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names are UTF-8; lines end as on Linux. */
#include "stream.h"

#include <windows.h>
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <share.h>
#include <sys/stat.h>

static int open_wide(const char *path, int flags, int share)
{
    wchar_t wide[MAX_PATH];
    DWORD attributes;

    if (!MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, MAX_PATH)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    attributes = GetFileAttributesW(wide);
    if (attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY) {
        errno = EISDIR; /* would be EACCES */
        return -1;
    }
    return _wsopen(wide, flags | _O_BINARY | _O_NOINHERIT, share, _S_IREAD | _S_IWRITE);
}

int file_create(const char *path, bool replace)
{
    int fd = open_wide(path, _O_WRONLY | _O_CREAT, _SH_DENYWR);

    if (fd < 0 && _doserrno == ERROR_SHARING_VIOLATION)
        errno = EBUSY;
    if (fd < 0 || !file_size(fd))
        return fd;
    if (replace && !_chsize_s(fd, 0))
        return fd;
    errno = replace ? errno : EEXIST;
    _close(fd);
    return -1;
}

int file_open(const char *path)
{
    return open_wide(path, _O_RDONLY, _SH_DENYNO);
}

bool file_is_directory(int fd)
{
    (void)fd; /* has not been opened */
    return false;
}

uint64_t file_size(int fd)
{
    struct _stat64 info;

    return _fstat64(fd, &info) || !(info.st_mode & _S_IFREG) ? 0 : (uint64_t)info.st_size;
}

void file_cut(int fd, uint64_t size)
{
    if (_lseeki64(fd, 0, SEEK_CUR) >= 0)
        _chsize_s(fd, (__int64)size);
}
