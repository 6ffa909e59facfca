// Starts a program that handles hostile input: GNU calls that Swift's Glibc module leaves out.
#pragma once

#include <stdint.h>
#include <sys/types.h>

typedef struct {
    uint64_t address_space_bytes;
    uint64_t processor_seconds;
} cspawn_limits;

/// Starts `path` with `descriptors` as its standard input, output and error and no other descriptor, an empty signal
/// mask and default signal actions. `arguments` and `environment` end with NULL. No core file, no file written.
///
/// The limits are set from outside right after the start: the caller sends input only after this has returned.
/// Returns the process's id, or a negated errno value.
pid_t cspawn_start(
    const char *path,
    char *const arguments[],
    char *const environment[],
    const int descriptors[3],
    cspawn_limits limits
);
