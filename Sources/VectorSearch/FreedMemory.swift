import CVectorKernels

/// What the allocator keeps of freed memory.
package enum FreedMemory {
    /// Sets the allocator up so that ``release()`` reaches everything; before the process has threads.
    package static func prepare() { vs_memory_prepare() }

    /// Gives it back to the system; takes milliseconds, so it is nothing for a thread that answers.
    package static func release() { vs_memory_trim() }
}
