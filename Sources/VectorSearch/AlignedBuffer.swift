import CVectorKernels

/// An array whose first element lies on a cache line and which grows without copying once it is large.
///
/// New elements are zero bytes. Addresses hold until the next `resize`.
struct AlignedBuffer<Element: BitwiseCopyable>: ~Copyable {
    private(set) var base: UnsafeMutablePointer<Element>
    private(set) var count: Int

    init(count: Int = 0) {
        self.count = count
        base = Self.resized(nil, from: 0, to: count)
    }

    deinit {
        vs_memory_free(base, Self.bytes(count))
    }

    mutating func resize(_ newCount: Int) {
        base = Self.resized(base, from: count, to: newCount)
        count = newCount
    }

    /// Grows by at least a half if `needed` elements don't fit.
    mutating func reserve(_ needed: Int) {
        if needed > count { resize(max(needed, count + count / 2)) }
    }

    /// The memory of the elements before `end`.
    func bytes(before end: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: base, count: end * MemoryLayout<Element>.stride)
    }

    /// An empty buffer still has one cache line, so that `base` always is an address.
    private static func bytes(_ count: Int) -> Int {
        max(64, count * MemoryLayout<Element>.stride)
    }

    private static func resized(
        _ old: UnsafeMutablePointer<Element>?,
        from: Int,
        to: Int
    ) -> UnsafeMutablePointer<Element> {
        guard let memory = vs_memory_resize(old, old == nil ? 0 : bytes(from), bytes(to)) else {
            preconditionFailure("out of memory, which ends a Swift program for every array")
        }
        return memory.assumingMemoryBound(to: Element.self)
    }
}
