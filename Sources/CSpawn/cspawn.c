#define _GNU_SOURCE
#include "cspawn.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

static int limit_to(pid_t child, __rlimit_resource_t resource, rlim_t value) {
    const struct rlimit limit = {.rlim_cur = value, .rlim_max = value};
    return prlimit(child, resource, &limit, NULL);
}

static int set_limits(pid_t child, cspawn_limits limits) {
    return limit_to(child, RLIMIT_AS, limits.address_space_bytes)
        || limit_to(child, RLIMIT_CPU, limits.processor_seconds)
        || limit_to(child, RLIMIT_CORE, 0)
        || limit_to(child, RLIMIT_FSIZE, 0);
}

static int set_attributes(posix_spawnattr_t *attributes) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &all);
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static int set_descriptors(posix_spawn_file_actions_t *actions, const int descriptors[3]) {
    int status = 0;
    for (int target = 0; target < 3 && !status; target++)
        status = posix_spawn_file_actions_adddup2(actions, descriptors[target], target);
    return status ? status : posix_spawn_file_actions_addclosefrom_np(actions, 3);
}

pid_t cspawn_start(
    const char *path,
    char *const arguments[],
    char *const environment[],
    const int descriptors[3],
    cspawn_limits limits
) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    pid_t child = 0;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    int status = set_attributes(&attributes);
    if (!status) status = set_descriptors(&actions, descriptors);
    if (!status) status = posix_spawn(&child, path, &actions, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (status) return -status;
    if (set_limits(child, limits)) {
        status = errno;
        kill(child, SIGKILL);
        while (waitpid(child, NULL, 0) == -1 && errno == EINTR) {}
        return -status;
    }
    return child;
}
