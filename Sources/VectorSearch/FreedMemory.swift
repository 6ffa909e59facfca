import CVectorKernels

/// What the allocator keeps of freed memory.
package enum FreedMemory {
    /// Gives it back to the system; takes milliseconds, so it is nothing for a thread that answers.
    package static func release() { vs_memory_trim() }
}
